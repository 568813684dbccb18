-- Grain: one row per order, as the newest export tells it.
-- The order's own fields stand on one of its lines only; `Financial Status` marks it.
with
    order_rows as (
        select *
        from {{ readable_rows("shopify", "orders") }}
        where nullif(trim("Financial Status"), '') is not null
    ),

    renamed as (
        select
            -- ids
            trim("Name") as order_id,
            cast(null as string) as customer_key,

            -- strings
            {{ clean_email('"Email"') }} as email,
            {{ clean_phone('coalesce(nullif(trim("Phone"), \'\'), "Billing Phone")') }}
            as phone,
            {{ read_text('"Billing Name"') }} as billing_name,
            {{ read_text('"Billing Address1"') }} as street,
            {{ read_text('"Billing City"') }} as city,
            {{ read_text('"Billing Province"') }} as region,
            {{ read_text("replace(\"Billing Zip\", '''', '')") }} as postal_code,
            lower(trim("Financial Status")) as financial_status,
            lower(trim("Fulfillment Status")) as fulfillment_status,
            lower(trim("Payment Method")) as payment_method,
            upper({{ read_text('"Currency"') }}) as currency,
            upper({{ read_text('"Billing Country"') }}) as country_code,
            {{ read_text('"Discount Code"') }} as coupon_code,

            -- numbers
            coalesce({{ read_decimal('"Total"') }}, 0) as total_amount,
            coalesce({{ read_decimal('"Discount Amount"') }}, 0) as discount_amount,
            coalesce({{ read_decimal('"Refunded Amount"') }}, 0) as refunded_amount,

            -- timestamps in UTC
            {{ read_instant('"Created at"') }} as ordered_at,
            {{ read_instant('"Cancelled at"') }} as cancelled_at,

            -- lineage
            _export_date as export_date,
            _source_file as source_file,

            -- settles which of two equally new rows counts, whatever their order
            {{ row_content("shopify", "orders") }} as row_content
        from order_rows
    ),

    newest as (
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
    refunded_amount,
    -- whoever pays by one of these has ordered, and pays later than at the checkout
    coalesce(
        fulfillment_status in ('fulfilled', 'partial')
        or {{
            matches(
                "payment_method",
                "cash on delivery|[(]cod[)]|bank deposit|bank transfer|money order",
            )
        }},
        false
    ) as is_settled,
    financial_status = 'voided' or cancelled_at is not null as is_cancelled,
    ordered_at,
    export_date,
    source_file,
    known_from_date
from newest
where newness = 1
