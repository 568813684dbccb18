-- Grain: one row per delivered row of activity, unsubscription or abuse report, repeats
-- included. A report is fetched again and again, so most rows come more than once;
-- without an id of the vendor an event is what it says of itself.
with
    told as (
        select
            campaign_id,
            email_address,
            action as vendor_event_name,
            type as bounce_type,
            url,
            ip,
            {{ read_utc_time('"timestamp"') }} as event_at,
            _export_date,
            _file_id,
            _row_number
        from {{ readable_rows("mailchimp", "reports_email_activity") }}
        union all
        select
            campaign_id,
            email_address,
            {{ unsubscribe_or_abuse("reason") }} as vendor_event_name,
            null as bounce_type,
            null as url,
            null as ip,
            {{ read_utc_time('"timestamp"') }} as event_at,
            _export_date,
            _file_id,
            _row_number
        from {{ readable_rows("mailchimp", "unsubscribes") }}
        union all
        select
            campaign_id,
            email_address,
            'abuse' as vendor_event_name,
            null as bounce_type,
            null as url,
            null as ip,
            {{ read_utc_time('"date"') }} as event_at,
            _export_date,
            _file_id,
            _row_number
        from {{ readable_rows("mailchimp", "abuse_reports") }}
    ),

    parsed as (
        select
            {{ clean_email("email_address") }} as email,
            lower(trim(vendor_event_name)) as vendor_event_name,
            {{ read_text("campaign_id") }} as campaign,
            {{ read_text("url") }} as link_url,
            {{ nightpost_message_id("url") }} as nightpost_message_id,
            {{ bounce_kind("bounce_type") }} as bounce_kind,
            lower(trim(email_address)) as written_email,
            coalesce(trim(ip), '') as ip,
            event_at,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number
        from told
    )

select
    {{
        sha256(
            "concat_ws('|', campaign, written_email, parsed.vendor_event_name, "
            "coalesce(link_url, ''), ip, cast(event_at as string))"
        )
    }} as event_id,
    concat(campaign, '/', substr({{ sha256("written_email") }}, 1, 20)) as message_id,
    email,
    coalesce(vocabulary.event_name, 'other') as event_name,
    parsed.vendor_event_name,
    campaign,
    link_url,
    nightpost_message_id,
    case when vocabulary.event_name = 'bounce' then bounce_kind end as bounce_kind,
    false as is_machine,
    event_at,
    export_date,
    file_id,
    row_number
from parsed
left join
    {{ ref("email_event_names") }} as vocabulary
    on vocabulary.source = 'mailchimp'
    and vocabulary.vendor_event_name = parsed.vendor_event_name
