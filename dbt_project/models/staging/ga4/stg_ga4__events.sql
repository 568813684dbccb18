-- Grain: one row per event; the same event delivered twice stands once.
with
    parsed as (
        select
            {{
                sha256(
                    "concat_ws('|', user_pseudo_id, event_timestamp, event_name, "
                    "event_bundle_sequence_id, event_params, items)"
                )
            }} as event_id,
            trim(user_pseudo_id) as device_id,
            {{ read_text("user_id") }} as web_user_id,
            lower(trim(event_name)) as vendor_event_name,
            {{ key_values("event_params") }} as params,
            {{ json_text("device", "$.category") }} as device_category,
            {{ json_text("device", "$.web_info.browser") }} as browser,
            {{ json_text("geo", "$.city") }} as city,
            {{ json_text("ecommerce", "$.transaction_id") }} as order_reference,
            items,
            {{ read_epoch_micros("event_timestamp") }} as event_at,
            _export_date as export_date,
            _source_file as source_file,
            {{ row_content("ga4", "events") }} as row_content
        from {{ readable_rows("ga4", "events") }}
    ),

    first_delivery as (
        select
            *,
            row_number() over (
                partition by event_id
                order by
                    export_date nulls last,
                    source_file nulls last,
                    row_content nulls last
            ) as delivery
        from parsed
    )

select
    event_id,
    device_id,
    web_user_id,
    coalesce(vocabulary.event_name, 'other') as event_name,
    first_delivery.vendor_event_name,
    concat(
        device_id, '/', coalesce({{ value_of("params", "ga_session_id") }}, 'none')
    ) as session_id,
    {{ value_of("params", "page_location") }} as page_url,
    try_cast(
        {{ value_of("params", "engagement_time_msec") }} as bigint
    ) as engaged_milliseconds,
    device_category,
    browser,
    city,
    order_reference,
    items,
    event_at,
    export_date
from first_delivery
left join
    {{ ref("web_event_names") }} as vocabulary
    on vocabulary.source = 'ga4'
    and vocabulary.vendor_event_name = first_delivery.vendor_event_name
where delivery = 1
