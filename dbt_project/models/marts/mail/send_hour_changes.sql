-- Grain: one row per person and night on which the hour that their deeds, or those of
-- people like them, give changed, tonight included. The business's own hour is none.
{{
    changes_of_standing(
        "send_hour_change_id",
        "stg_nightpost__send_hour_changes",
        "send_hours",
        "learnt_hour",
        may_end=true,
    )
}}
