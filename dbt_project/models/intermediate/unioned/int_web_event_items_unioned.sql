-- Grain: one row per web event and product that it names.
{{
    union_vendors(
        {"ga4": "stg_ga4__event_items"},
        {
            "event_id": "string",
            "sku": "string",
            "product_name": "string",
            "quantity": "bigint",
            "price": "decimal(18, 2)",
        },
    )
}}
