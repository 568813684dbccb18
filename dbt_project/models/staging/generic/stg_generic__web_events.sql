-- Grain: one row per delivered row; an event that came twice stands here twice.
with
    parsed as (
        select
            {{ read_text("event_id") }} as vendor_event_id,
            {{ sha256(row_content("generic", "web_events")) }} as whole_content,
            coalesce(
                {{ read_text("device_id") }}, 'user/' || {{ read_text("user_id") }}
            ) as device_id,
            {{ read_text("user_id") }} as web_user_id,
            {{ read_text("session_id") }} as session_number,
            lower(trim(event_name)) as vendor_event_name,
            {{ read_text("page_url") }} as page_url,
            {{ read_text("referrer_url") }} as referrer_url,
            {{ read_text("search_term") }} as search_term,
            {{ read_integer("scroll_percent") }} as scroll_percent,
            {{ read_text("form_name") }} as form_name,
            {{ read_text("video_title") }} as video_title,
            {{ read_text("utm_source") }} as utm_source,
            {{ read_text("utm_medium") }} as utm_medium,
            {{ read_text("utm_campaign") }} as utm_campaign,
            {{ read_text("utm_content") }} as utm_content,
            {{ read_text("utm_term") }} as utm_term,
            {{ read_decimal("engaged_seconds") }} as engaged_seconds,
            {{ read_text("device_category") }} as device_category,
            {{ read_text("user_agent") }} as user_agent,
            {{ read_text("city") }} as city,
            {{ read_text("region") }} as region,
            {{ read_text("country") }} as country_name,
            {{ read_told("order_id") }} as order_reference,
            {{ read_boolean("global_privacy_control") }} as has_gpc,
            {{ read_text("sku") }} as sku,
            {{ read_text("product_name") }} as product_name,
            {{ read_integer("quantity") }} as quantity,
            {{ read_decimal("price") }} as price,
            {{ read_text("currency") }} as currency,
            items,
            {{ read_instant("event_time") }} as event_at,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number
        from {{ readable_rows("generic", "web_events") }}
    )

select
    -- without an id of its own an event is who did what, when and with what; without a
    -- visitor it is its whole content
    'generic/' || coalesce(
        vendor_event_id,
        {{
            sha256(
                "concat_ws('|', device_id, parsed.vendor_event_name, "
                "cast(event_at as string), coalesce(sku, "
                ~ json_texts("items", "sku")
                ~ ", product_name, "
                ~ json_texts("items", "product_name")
                ~ ", page_url, ''))"
            )
        }},
        whole_content
    ) as event_id,
    device_id,
    web_user_id,
    -- a session's number need not be unique over devices
    device_id || '/' || session_number as session_id,
    coalesce(vocabulary.event_name, 'other') as event_name,
    parsed.vendor_event_name,
    page_url,
    referrer_url,
    search_term,
    scroll_percent,
    form_name,
    video_title,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term,
    cast(engaged_seconds * 1000 as bigint) as engaged_milliseconds,
    device_category,
    user_agent,
    city,
    region,
    country_name,
    order_reference,
    has_gpc,
    sku,
    product_name,
    quantity,
    price,
    currency,
    items,
    event_at,
    export_date,
    file_id,
    row_number
from parsed
left join
    {{ ref("web_event_names") }} as vocabulary
    on vocabulary.source = 'generic'
    and vocabulary.vendor_event_name = parsed.vendor_event_name
