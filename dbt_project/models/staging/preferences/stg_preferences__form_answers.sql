-- Grain: one row per delivered answer on a form, repeated deliveries included.
select
    concat(
        'form_',
        substr(
            {{
                sha256(
                    "concat_ws('|', "
                    ~ clean_email("email")
                    ~ ", coalesce("
                    ~ read_text("form_id")
                    ~ ", ''), trim(question), coalesce("
                    ~ read_text("answer")
                    ~ ", ''), cast("
                    ~ read_instant("answered_at")
                    ~ " as string))"
                )
            }},
            1,
            20
        )
    ) as event_id,
    {{ clean_email("email") }} as email,
    {{ preference_name("question") }} as preference,
    {{ read_text("answer") }} as preference_value,
    concat('form/', coalesce({{ read_text("form_id") }}, 'unknown')) as stated_in,
    {{ read_instant("answered_at") }} as stated_at,
    _export_date as export_date,
    _file_id as file_id,
    _row_number as row_number
from {{ readable_rows("preferences", "form_answers") }}
