-- Grain: one row per order, as it was last modified.
-- Refunds hang on their order, each with a total below zero; the order's own total
-- stays what was billed.
with
    renamed as (
        select
            -- ids; customer 0 is a guest
            trim(id) as order_id,
            nullif(trim(customer_id), '0') as customer_key,

            -- strings
            lower(trim(status)) as status,
            upper({{ read_text("currency") }}) as currency,
            {{ json_text("billing", "$.email") }} as billing_email,
            {{ json_text("billing", "$.phone") }} as billing_phone,
            {{ json_text("billing", "$.country") }} as billing_country,
            {{
                read_text(
                    "concat(coalesce("
                    ~ json_text("billing", "$.first_name")
                    ~ ", ''), ' ', coalesce("
                    ~ json_text("billing", "$.last_name")
                    ~ ", ''))"
                )
            }} as billing_name,
            {{ read_text(json_text("billing", "$.address_1")) }} as street,
            {{ read_text(json_text("billing", "$.city")) }} as city,
            {{ read_text(json_text("billing", "$.state")) }} as region,
            {{ read_text(json_text("billing", "$.postcode")) }} as postal_code,
            {{ json_texts("coupon_lines", "code") }} as coupon_code,
            line_items,
            refunds,

            -- numbers; the discount is given without its tax
            coalesce({{ read_decimal("total") }}, 0) as total_amount,
            coalesce({{ read_decimal("discount_total") }}, 0)
            + coalesce({{ read_decimal("discount_tax") }}, 0) as discount_amount,

            -- timestamps in UTC
            {{ read_utc_time("date_created_gmt") }} as ordered_at,
            {{ read_utc_time("date_paid_gmt") }} as paid_at,
            {{ read_utc_time("date_modified_gmt") }} as updated_at,

            -- lineage
            _export_date as export_date,
            _source_file as source_file,

            -- settles which of two equally new rows counts, whatever their order
            {{ row_content("woocommerce", "orders") }} as row_content
        from {{ readable_rows("woocommerce", "orders") }}
    ),

    numbered as (
        select
            *,
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
    ),

    newest as (select * from numbered where newness = 1),

    refund_rows as (
        select order_id, {{ explode_json("refunds") }} as refund
        from newest
        where refunds is not null
    ),

    refunded as (
        select
            order_id,
            sum(
                abs({{ read_decimal(json_text("refund", "$.total")) }})
            ) as refunded_amount
        from refund_rows
        group by order_id
    )

select
    newest.order_id,
    newest.customer_key,
    {{ clean_email("newest.billing_email") }} as email,
    {{ clean_phone("newest.billing_phone") }} as phone,
    newest.billing_name,
    newest.street,
    newest.city,
    newest.region,
    newest.postal_code,
    newest.status as financial_status,
    newest.currency,
    upper({{ read_text("newest.billing_country") }}) as country_code,
    newest.coupon_code,
    newest.total_amount,
    newest.discount_amount,
    coalesce(
        refunded.refunded_amount,
        case when newest.status = 'refunded' then newest.total_amount else 0 end
    ) as refunded_amount,
    newest.paid_at is not null as is_settled,
    coalesce(newest.status in ('cancelled', 'trash'), false) as is_cancelled,
    newest.line_items,
    newest.ordered_at,
    newest.export_date,
    newest.known_from_date
from newest
left join refunded on refunded.order_id = newest.order_id
