-- Grain: one row per source and order, placed before the night's midnight. Amounts are
-- as billed; a date after the midnight is a clock error and waits until it has come
-- true.
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
                    "is_cancelled": "boolean",
                    "is_credit_note": "boolean",
                    "ordered_at": timestamp_type(),
                    "known_from_date": "date",
                },
                missing={
                    "shopify": ["is_credit_note"],
                    "online_retail": [
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
                    "generic": ["is_credit_note"],
                },
            )
        }}
    )

select *
from all_orders
where ordered_at < {{ as_of_at() }}
