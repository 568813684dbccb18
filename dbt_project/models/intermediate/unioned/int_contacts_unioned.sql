-- Grain: one row per source and record of a person.
{{
    union_vendors(
        {
            "hubspot": "stg_hubspot__contacts",
            "shopify": "stg_shopify__customers",
            "online_retail": "stg_online_retail__customers",
        },
        {
            "record_key": "string",
            "email": "string",
            "phone": "string",
            "first_name": "string",
            "last_name": "string",
            "gender": "string",
            "language": "string",
            "city": "string",
            "region": "string",
            "postal_code": "string",
            "country_code": "string",
            "time_zone": "string",
            "crm_stage": "string",
            "is_opted_out": "boolean",
            "birth_date": "date",
            "created_at": timestamp_type(),
            "updated_at": timestamp_type(),
        },
        missing={
            "shopify": [
                "gender",
                "language",
                "time_zone",
                "crm_stage",
                "is_opted_out",
                "birth_date",
            ],
            "online_retail": [
                "email",
                "phone",
                "first_name",
                "last_name",
                "gender",
                "language",
                "city",
                "region",
                "postal_code",
                "time_zone",
                "crm_stage",
                "is_opted_out",
                "birth_date",
            ],
        },
    )
}}
