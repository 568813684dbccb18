-- Grain: one row per person and night on which their lifecycle stage changed, tonight
-- included. A purchase that is cancelled later moves somebody forth and back: both
-- moves stay. Everybody who may be profiled has a stage.
{{
    changes_of_standing(
        "lifecycle_change_id",
        "stg_nightpost__lifecycle_changes",
        "lifecycle_stages",
        "lifecycle_stage",
        may_end=false,
    )
}}
