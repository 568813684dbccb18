-- Grain: one row per delivered row; an event that came twice stands here twice.
with
    parsed as (
        select
            -- without consent to cookies GA4 sends neither
            coalesce(
                {{ read_text("user_pseudo_id") }}, 'user/' || {{ read_text("user_id") }}
            ) as device_id,
            {{ read_text("user_id") }} as web_user_id,
            trim(event_timestamp) as event_timestamp,
            {{ read_text("event_bundle_sequence_id") }} as bundle_number,
            concat_ws(
                '-',
                {{ read_text("batch_page_id") }},
                {{ read_text("batch_ordering_id") }},
                {{ read_text("batch_event_index") }}
            ) as place_in_batch,
            event_params,
            lower(trim(event_name)) as vendor_event_name,
            {{ key_values("event_params") }} as params,
            {{ json_text("device", "$.category") }} as device_category,
            {{ json_text("device", "$.web_info.browser") }} as browser,
            nullif({{ json_text("geo", "$.city") }}, '(not set)') as city,
            nullif({{ json_text("geo", "$.region") }}, '(not set)') as region,
            nullif({{ json_text("geo", "$.country") }}, '(not set)') as country_name,
            {{ json_text("collected_traffic_source", "$.manual_source") }}
            as utm_source,
            {{ json_text("collected_traffic_source", "$.manual_medium") }}
            as utm_medium,
            {{ json_text("collected_traffic_source", "$.manual_campaign_name") }}
            as utm_campaign,
            {{ json_text("collected_traffic_source", "$.manual_content") }}
            as utm_content,
            {{ json_text("collected_traffic_source", "$.manual_term") }} as utm_term,
            {{ json_text("ecommerce", "$.transaction_id") }} as ecommerce_order,
            items,
            {{ read_epoch_micros("event_timestamp") }} as event_at,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number
        from {{ readable_rows("ga4", "events") }}
    )

select
    -- an event comes again with further parameters, so they do not tell it; without a
    -- visitor nothing else does
    {{
        sha256(
            "concat_ws('|', coalesce(device_id, event_params, ''), event_timestamp, "
            "parsed.vendor_event_name, coalesce(bundle_number, ''), place_in_batch, "
            "case when place_in_batch = '' then coalesce("
            ~ json_texts("items", "item_id")
            ~ ", "
            ~ json_texts("items", "item_name")
            ~ ", "
            ~ value_of("params", "page_location")
            ~ ", '') else '' end)"
        )
    }} as event_id,
    device_id,
    web_user_id,
    coalesce(vocabulary.event_name, 'other') as event_name,
    parsed.vendor_event_name,
    device_id || '/' || {{ value_of("params", "ga_session_id") }} as session_id,
    {{ value_of("params", "page_location") }} as page_url,
    nullif({{ value_of("params", "page_referrer") }}, '') as referrer_url,
    {{ value_of("params", "search_term") }} as search_term,
    try_cast({{ value_of("params", "percent_scrolled") }} as integer) as scroll_percent,
    coalesce(
        {{ value_of("params", "form_name") }}, {{ value_of("params", "form_id") }}
    ) as form_name,
    {{ value_of("params", "video_title") }} as video_title,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term,
    try_cast(
        {{ value_of("params", "engagement_time_msec") }} as bigint
    ) as engaged_milliseconds,
    device_category,
    browser,
    city,
    region,
    country_name,
    coalesce(
        {{ read_told("ecommerce_order") }},
        {{ read_told(value_of("params", "transaction_id")) }}
    ) as order_reference,
    items,
    {{ value_of("params", "currency") }} as currency,
    event_at,
    export_date,
    file_id,
    row_number
from parsed
left join
    {{ ref("web_event_names") }} as vocabulary
    on vocabulary.source = 'ga4'
    and vocabulary.vendor_event_name = parsed.vendor_event_name
