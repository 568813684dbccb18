-- Grain: one row per source and loyalty account.
{{
    union_vendors(
        {"loyalty": "stg_loyalty__accounts"},
        {
            "loyalty_id": "string",
            "customer_key": "string",
            "email": "string",
            "tier": "string",
            "points_balance": "bigint",
            "joined_at": timestamp_type(),
            "updated_at": timestamp_type(),
            "known_from_date": "date",
        },
    )
}}
