-- Grain: one row per delivered row of a web event and product that it names.
{{
    union_vendors(
        {
            "ga4": "stg_ga4__event_items",
            "segment": "stg_segment__event_items",
            "adobe": "stg_adobe__hit_items",
            "snowplow": "stg_snowplow__event_items",
            "generic": "stg_generic__web_event_items",
        },
        {
            "export_date": "date",
            "file_id": "string",
            "row_number": "bigint",
            "item_key": "string",
            "sku": "string",
            "product_name": "string",
            "quantity": "bigint",
            "price": "decimal(18, 2)",
            "currency": "string",
        },
    )
}}
