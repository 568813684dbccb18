-- Grain: one row per delivered event of one mail to one address, repeated posts
-- included.
with
    parsed as (
        select
            trim(sg_event_id) as event_id,
            coalesce({{ read_text("sg_message_id") }}, trim(sg_event_id)) as message_id,
            {{ clean_email("email") }} as email,
            lower(trim(event)) as vendor_event_name,
            coalesce(
                {{ read_text("sg_template_id") }}, {{ read_text("template_id") }}
            ) as template_id,
            coalesce(
                {{ read_text("campaign") }}, {{ read_text("singlesend_name") }}
            ) as campaign,
            {{ read_text("url") }} as link_url,
            {{ nightpost_message_id("url", "nightpost_message_id") }}
            as nightpost_message_id,
            {{ bounce_kind("type") }} as bounce_kind,
            coalesce({{ read_boolean("sg_machine_open") }}, false) as is_machine,
            {{ read_text("useragent") }} as user_agent,
            {{ read_epoch_seconds('"timestamp"') }} as event_at,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number
        from {{ readable_rows("sendgrid", "events") }}
    )

select
    event_id,
    message_id,
    email,
    coalesce(vocabulary.event_name, 'other') as event_name,
    parsed.vendor_event_name,
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
from parsed
left join
    {{ ref("email_event_names") }} as vocabulary
    on vocabulary.source = 'sendgrid'
    and vocabulary.vendor_event_name = parsed.vendor_event_name
