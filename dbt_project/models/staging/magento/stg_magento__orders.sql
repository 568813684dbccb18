-- Grain: one row per order, as it was last updated. Amounts are in the order's own
-- currency (the `base_…` twins are the shop's). What was cancelled of an order that was
-- partly billed was never paid, so it is taken off the total.
with
    renamed as (
        select
            -- ids
            trim(increment_id) as order_id,
            case
                when coalesce({{ read_boolean("customer_is_guest") }}, false)
                then null
                else nullif(trim(customer_id), '0')
            end as customer_key,

            -- strings
            {{ clean_email("customer_email") }} as email,
            {{ json_text("billing_address", "$.telephone") }} as billing_phone,
            {{
                read_text(
                    "concat(coalesce("
                    ~ json_text("billing_address", "$.firstname")
                    ~ ", ''), ' ', coalesce("
                    ~ json_text("billing_address", "$.lastname")
                    ~ ", ''))"
                )
            }} as billing_name,
            {{ read_text(json_text("billing_address", "$.street[0]")) }} as street,
            {{ read_text(json_text("billing_address", "$.city")) }} as city,
            {{ read_text(json_text("billing_address", "$.region_code")) }} as region,
            {{ read_text(json_text("billing_address", "$.postcode")) }} as postal_code,
            upper(
                {{ read_text(json_text("billing_address", "$.country_id")) }}
            ) as country_code,
            -- a merchant may rename a status, never a state
            lower(
                coalesce({{ read_text("state") }}, {{ read_text("status") }})
            ) as state,
            upper(
                coalesce(
                    {{ read_text("order_currency_code") }},
                    {{ read_text("base_currency_code") }}
                )
            ) as currency,
            {{ read_text("coupon_code") }} as coupon_code,
            {{ json_text("payment", "$.method") }} as payment_method,
            items,

            -- numbers; a discount is written below zero
            {{ read_decimal("grand_total") }} as grand_total,
            coalesce({{ read_decimal("total_canceled") }}, 0) as cancelled_amount,
            coalesce({{ read_decimal("total_paid") }}, 0) as paid_amount,
            coalesce({{ read_decimal("total_refunded") }}, 0) as refunded_amount,
            abs(coalesce({{ read_decimal("discount_amount") }}, 0)) as discount_amount,

            -- timestamps in UTC
            {{ read_utc_time("created_at") }} as ordered_at,
            {{ read_utc_time("updated_at") }} as updated_at,

            -- lineage
            _export_date as export_date,
            _source_file as source_file,

            -- settles which of two equally new rows counts, whatever their order
            {{ row_content("magento", "orders") }} as row_content
        from {{ readable_rows("magento", "orders") }}
    ),

    numbered as (
        select
            *,
            coalesce(state in ('canceled', 'cancelled'), false) as is_cancelled,
            min(export_date) over (partition by order_id) as known_from_date,
            row_number() over (
                partition by order_id
                order by
                    updated_at desc nulls last,
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
    {{ clean_phone("billing_phone") }} as phone,
    billing_name,
    street,
    city,
    region,
    postal_code,
    state as financial_status,
    currency,
    country_code,
    coupon_code,
    case
        when is_cancelled then grand_total else grand_total - cancelled_amount
    end as total_amount,
    discount_amount,
    refunded_amount,
    -- whoever pays by one of these has ordered, and pays later than at the checkout
    coalesce(
        paid_amount > 0
        or state in ('new', 'pending')
        and payment_method
        in ('banktransfer', 'cashondelivery', 'checkmo', 'purchaseorder', 'free'),
        false
    ) as is_settled,
    is_cancelled,
    items,
    ordered_at,
    export_date,
    known_from_date
from numbered
where newness = 1
