-- Grain: one row per delivered assignment, repeated deliveries included.
select
    concat(
        'experiment_',
        substr(
            {{
                sha256(
                    "concat_ws('|', trim(experiment), trim(variant), "
                    ~ read_person_key("person_key")
                    ~ ", cast("
                    ~ read_instant("assigned_at")
                    ~ " as string))"
                )
            }},
            1,
            20
        )
    ) as event_id,
    trim(experiment) as experiment,
    trim(variant) as variant,
    {{ read_person_key("person_key") }} as person_key,
    {{ read_instant("assigned_at") }} as assigned_at,
    _export_date as export_date,
    _file_id as file_id,
    _row_number as row_number
from {{ readable_rows("experiments", "assignments") }}
