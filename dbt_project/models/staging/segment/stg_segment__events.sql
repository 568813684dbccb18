-- Grain: one row per delivered row; an event that came twice stands here twice.
with
    parsed as (
        select
            'segment/' || trim("messageId") as event_id,
            -- a call from a server may know nobody's device
            coalesce(
                {{ read_text('"anonymousId"') }}, 'user/' || {{ read_text('"userId"') }}
            ) as device_id,
            {{ read_text('"userId"') }} as web_user_id,
            case
                when lower(trim("type")) = 'track'
                then coalesce(lower({{ read_text('"event"') }}), 'track')
                else lower(trim("type"))
            end as vendor_event_name,
            {{ json_text("context", "$.page.url") }} as context_url,
            {{ json_text("properties", "$.url") }} as property_url,
            {{ json_text("context", "$.page.referrer") }} as context_referrer,
            {{ json_text("properties", "$.referrer") }} as property_referrer,
            {{ json_text("properties", "$.query") }} as search_term,
            {{ json_text("properties", "$.form_name") }} as form_name,
            {{ json_text("properties", "$.title") }} as property_title,
            {{ json_text("context", "$.campaign.source") }} as utm_source,
            {{ json_text("context", "$.campaign.medium") }} as utm_medium,
            {{ json_text("context", "$.campaign.name") }} as utm_campaign,
            {{ json_text("context", "$.campaign.content") }} as utm_content,
            {{ json_text("context", "$.campaign.term") }} as utm_term,
            {{ json_text("context", "$.device.type") }} as device_category,
            {{ json_text("context", "$.userAgent") }} as user_agent,
            {{ json_text("context", "$.location.city") }} as city,
            {{ json_text("context", "$.location.region") }} as region,
            {{ json_text("context", "$.location.country") }} as country_name,
            {{ json_text("properties", "$.order_id") }} as order_id,
            properties,
            {{ read_instant('"timestamp"') }} as event_at,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number
        from {{ readable_rows("segment", "events") }}
    )

select
    event_id,
    device_id,
    web_user_id,
    coalesce(vocabulary.event_name, 'other') as event_name,
    parsed.vendor_event_name,
    coalesce(
        {{ read_text("context_url") }}, {{ read_text("property_url") }}
    ) as page_url,
    coalesce(
        {{ read_text("context_referrer") }}, {{ read_text("property_referrer") }}
    ) as referrer_url,
    search_term,
    form_name,
    -- `title` is a page's title on every other event
    case
        when vocabulary.event_name = 'video_start' then property_title
    end as video_title,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term,
    device_category,
    user_agent,
    city,
    region,
    country_name,
    {{ read_told("order_id") }} as order_reference,
    properties,
    event_at,
    export_date,
    file_id,
    row_number
from parsed
left join
    {{ ref("web_event_names") }} as vocabulary
    on vocabulary.source = 'segment'
    and vocabulary.vendor_event_name = parsed.vendor_event_name
