-- Grain: one row per delivered event of one mail to one address, repeated posts
-- included.
with
    parsed as (
        select
            coalesce(
                {{ read_text("event_id") }},
                {{
                    sha256(
                        "concat_ws('|', lower(trim(event)), coalesce(trim(message_id), ''), "
                        "lower(trim(email)), coalesce(trim(url), ''), trim(\"timestamp\"))"
                    )
                }}
            ) as event_id,
            {{ read_text("message_id") }} as message_id,
            {{ clean_email("email") }} as email,
            lower(trim(event)) as vendor_event_name,
            {{ read_text("template_id") }} as template_id,
            {{ read_text("campaign") }} as campaign,
            {{ read_text("url") }} as link_url,
            {{ bounce_kind("bounce_type") }} as bounce_kind,
            coalesce({{ read_boolean("is_machine") }}, false) as is_machine,
            {{ read_text("user_agent") }} as user_agent,
            {{ read_instant('"timestamp"') }} as event_at,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number
        from {{ readable_rows("webhook", "events") }}
    )

select
    event_id,
    coalesce(message_id, event_id) as message_id,
    email,
    coalesce(vocabulary.event_name, 'other') as event_name,
    parsed.vendor_event_name,
    template_id,
    campaign,
    link_url,
    case when vocabulary.event_name = 'bounce' then bounce_kind end as bounce_kind,
    is_machine,
    user_agent,
    event_at,
    export_date,
    file_id,
    row_number
from parsed
left join
    {{ ref("email_event_names") }} as vocabulary
    on vocabulary.source = 'webhook'
    and vocabulary.vendor_event_name = parsed.vendor_event_name
