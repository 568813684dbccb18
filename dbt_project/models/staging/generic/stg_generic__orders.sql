-- Grain: one row per order, as the newest export tells it.
with
    renamed as (
        select
            -- ids
            trim(order_id) as order_id,
            {{ read_text("customer_id") }} as customer_key,

            -- strings
            {{ clean_email("email") }} as email,
            {{ clean_phone("phone") }} as phone,
            {{ read_text("name") }} as billing_name,
            {{ read_text("street") }} as street,
            {{ read_text("city") }} as city,
            {{ read_text("region") }} as region,
            {{ read_text("postal_code") }} as postal_code,
            lower({{ read_text("status") }}) as financial_status,
            upper({{ read_text("currency") }}) as currency,
            upper({{ read_text("country_code") }}) as country_code,
            {{ read_text("coupon_code") }} as coupon_code,

            -- numbers
            {{ read_decimal("total_amount") }} as total_amount,
            coalesce({{ read_decimal("discount_amount") }}, 0) as discount_amount,
            {{ read_decimal("refunded_amount") }} as refunded_amount,

            -- timestamps in UTC, then lineage
            {{ read_instant("ordered_at") }} as ordered_at,
            _export_date as export_date,
            _source_file as source_file,

            -- settles which of two equally new rows counts, whatever their order
            {{ row_content("generic", "orders") }} as row_content
        from {{ readable_rows("generic", "orders") }}
    ),

    numbered as (
        select
            *,
            min(export_date) over (partition by order_id) as known_from_date,
            row_number() over (
                partition by order_id
                order by
                    export_date desc nulls last,
                    source_file desc nulls last,
                    row_content nulls last
            ) as newness
        from renamed
    )

select
    order_id,
    customer_key,
    email,
    phone,
    billing_name,
    street,
    city,
    region,
    postal_code,
    financial_status,
    currency,
    country_code,
    coupon_code,
    total_amount,
    discount_amount,
    coalesce(
        refunded_amount,
        case when financial_status = 'refunded' then total_amount else 0 end
    ) as refunded_amount,
    coalesce(
        financial_status in ('cancelled', 'canceled', 'voided'), false
    ) as is_cancelled,
    ordered_at,
    export_date,
    known_from_date
from numbered
where newness = 1
