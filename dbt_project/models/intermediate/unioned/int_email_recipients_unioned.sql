-- Grain: one row per source and recipient of an email service whose events name no
-- address.
{{
    union_vendors(
        {"klaviyo": "stg_klaviyo__people"},
        {"recipient_key": "string", "email": "string"},
    )
}}
