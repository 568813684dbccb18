-- Grain: one row per source and SKU.
{{
    union_vendors(
        {
            "shopify": "stg_shopify__products",
            "woocommerce": "stg_woocommerce__products",
            "magento": "stg_magento__products",
            "generic": "stg_generic__products",
        },
        {
            "sku": "string",
            "product_name": "string",
            "category": "string",
            "brand": "string",
            "tags": "string",
            "description": "string",
            "product_url": "string",
            "image_url": "string",
            "price": "decimal(18, 2)",
            "currency": "string",
            "stock_quantity": "bigint",
            "is_available": "boolean",
        },
    )
}}
