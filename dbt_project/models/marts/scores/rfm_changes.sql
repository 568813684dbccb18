-- Grain: one row per person and night on which their RFM group changed, tonight
-- included. A person's first group is a change from nothing; whoever is no buyer any
-- more, because the only order was cancelled, changes to nothing.
{{
    changes_of_standing(
        "rfm_change_id",
        "stg_nightpost__rfm_changes",
        "rfm_scores",
        "rfm_group",
        may_end=true,
    )
}}
