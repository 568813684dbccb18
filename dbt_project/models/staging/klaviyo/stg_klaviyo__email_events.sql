-- Grain: one row per delivered event whose metric is one of mail, repeats included.
-- Orders, visits and text messages stand in the same table and are not mail: only the
-- metrics of seeds/reference/email_event_names.csv are. The address stands on the
-- person.
with
    parsed as (
        select
            trim(id) as event_id,
            -- a campaign is sent once, a flow's mail again and again
            concat_ws(
                '/',
                coalesce(
                    {{ read_text("campaign_id") }},
                    {{ read_text("property_cohort_message_send_cohort") }},
                    {{ read_text("flow_message_id") }},
                    trim(id)
                ),
                {{ read_text("person_id") }}
            ) as message_id,
            {{ read_text("person_id") }} as recipient_key,
            lower(trim(type)) as vendor_event_name,
            {{ read_text("flow_message_id") }} as template_id,
            coalesce(
                {{ read_text("property_campaign_name") }},
                {{ read_text("campaign_id") }}
            ) as campaign,
            {{ read_text("property_url") }} as link_url,
            {{ nightpost_message_id("property_url") }} as nightpost_message_id,
            {{ bounce_kind("property_bounce_type") }} as bounce_kind,
            coalesce({{ read_boolean("property_machine_open") }}, false)
            or coalesce(
                {{ read_boolean("property_apple_privacy_open") }}, false
            ) as is_machine,
            {{ read_utc_time('"datetime"') }} as event_at,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number
        from {{ readable_rows("klaviyo", "event") }}
        where not coalesce({{ read_boolean("_fivetran_deleted") }}, false)
    )

select
    event_id,
    message_id,
    recipient_key,
    vocabulary.event_name,
    parsed.vendor_event_name,
    template_id,
    campaign,
    link_url,
    nightpost_message_id,
    case when vocabulary.event_name = 'bounce' then bounce_kind end as bounce_kind,
    is_machine,
    event_at,
    export_date,
    file_id,
    row_number
from parsed
inner join
    {{ ref("email_event_names") }} as vocabulary
    on vocabulary.source = 'klaviyo'
    and vocabulary.vendor_event_name = parsed.vendor_event_name
