-- Grain: one row per source and order, placed before the night's midnight. Amounts are
-- as billed; a date after the midnight is a clock error and waits until it has come
-- true. What a vendor's status means for a sale says
-- seeds/reference/order_statuses.csv; a status that is not listed there counts as a
-- purchase, and unmapped_order_statuses tells it.
with
    all_orders as (
        {{
            union_vendors(
                {
                    "shopify": "stg_shopify__orders",
                    "online_retail": "stg_online_retail__orders",
                    "woocommerce": "stg_woocommerce__orders",
                    "magento": "stg_magento__orders",
                    "generic": "stg_generic__orders",
                },
                {
                    "order_id": "string",
                    "customer_key": "string",
                    "email": "string",
                    "phone": "string",
                    "billing_name": "string",
                    "street": "string",
                    "city": "string",
                    "region": "string",
                    "postal_code": "string",
                    "currency": "string",
                    "country_code": "string",
                    "coupon_code": "string",
                    "total_amount": "decimal(18, 2)",
                    "refunded_amount": "decimal(18, 2)",
                    "discount_amount": "decimal(18, 2)",
                    "financial_status": "string",
                    "is_settled": "boolean",
                    "is_cancelled": "boolean",
                    "is_credit_note": "boolean",
                    "ordered_at": timestamp_type(),
                    "known_from_date": "date",
                },
                missing={
                    "shopify": ["is_credit_note"],
                    "online_retail": [
                        "financial_status",
                        "is_settled",
                        "email",
                        "phone",
                        "billing_name",
                        "street",
                        "city",
                        "region",
                        "postal_code",
                        "coupon_code",
                        "discount_amount",
                    ],
                    "woocommerce": ["is_credit_note"],
                    "magento": ["is_credit_note"],
                    "generic": ["is_settled", "is_credit_note"],
                },
            )
        }}
    ),

    judged as (
        select
            all_orders.*,
            coalesce(
                all_orders.is_cancelled or statuses.counts_as = 'cancelled', false
            ) as is_taken_back,
            coalesce(statuses.counts_as, 'purchase') = 'unpaid'
            and not coalesce(all_orders.is_settled, false) as is_unpaid
        from all_orders
        left join
            {{ ref("order_statuses") }} as statuses
            on statuses.source = all_orders.source
            and statuses.order_status
            = {{ order_status_key("all_orders.financial_status") }}
        where all_orders.ordered_at < {{ as_of_at() }}
    )

select
    source,
    order_id,
    customer_key,
    email,
    phone,
    billing_name,
    street,
    city,
    region,
    postal_code,
    currency,
    country_code,
    coupon_code,
    total_amount,
    refunded_amount,
    discount_amount,
    financial_status,
    is_taken_back as is_cancelled,
    not is_taken_back
    and not is_unpaid
    and not coalesce(is_credit_note, false) as is_purchase,
    is_credit_note,
    ordered_at,
    known_from_date
from judged
