-- Grain: one row per delivered event of one mail to one address, repeated rows
-- included.
with
    parsed as (
        select
            {{ read_text("event_id") }} as vendor_event_id,
            lower(trim(email)) as written_email,
            {{ read_text("message_id") }} as message_id,
            {{ clean_email("email") }} as email,
            lower(trim(event)) as vendor_event_name,
            {{ read_text("template_id") }} as template_id,
            {{ read_text("campaign") }} as campaign,
            {{ read_text("url") }} as link_url,
            {{ nightpost_message_id("url", "nightpost_message_id") }}
            as nightpost_message_id,
            {{ bounce_kind("bounce_type") }} as bounce_kind,
            coalesce({{ read_boolean("is_machine") }}, false) as is_machine,
            {{ read_text("user_agent") }} as user_agent,
            {{ read_instant("occurred_at") }} as event_at,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number
        from {{ readable_rows("generic", "email_events") }}
    ),

    -- without an id of its vendor's an event is what happened to which mail, and when:
    -- it may come again with further words, and its time in another spelling
    told as (
        select
            *,
            coalesce(
                vendor_event_id,
                {{
                    sha256(
                        "concat_ws('|', vendor_event_name, coalesce(message_id, ''), "
                        "written_email, coalesce(link_url, ''), "
                        "cast(event_at as string))"
                    )
                }}
            ) as event_id
        from parsed
    )

select
    event_id,
    coalesce(message_id, event_id) as message_id,
    email,
    coalesce(vocabulary.event_name, 'other') as event_name,
    told.vendor_event_name,
    template_id,
    campaign,
    link_url,
    nightpost_message_id,
    case when vocabulary.event_name = 'bounce' then bounce_kind end as bounce_kind,
    is_machine,
    user_agent,
    event_at,
    export_date,
    file_id,
    row_number
from told
left join
    {{ ref("email_event_names") }} as vocabulary
    on vocabulary.source = 'generic'
    and vocabulary.vendor_event_name = told.vendor_event_name
