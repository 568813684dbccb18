-- Grain: one row per source and order line.
with
    all_lines as (
        {{
            union_vendors(
                {
                    "shopify": "stg_shopify__order_lines",
                    "online_retail": "stg_online_retail__order_lines",
                    "woocommerce": "stg_woocommerce__order_lines",
                    "magento": "stg_magento__order_lines",
                    "generic": "stg_generic__order_lines",
                },
                {
                    "order_line_id": "string",
                    "order_id": "string",
                    "sku": "string",
                    "product_name": "string",
                    "quantity": "bigint",
                    "unit_price": "decimal(18, 8)",
                    "line_amount": "decimal(18, 4)",
                    "ordered_at": timestamp_type(),
                },
            )
        }}
    )

select *
from all_lines
where ordered_at < {{ as_of_at() }}
