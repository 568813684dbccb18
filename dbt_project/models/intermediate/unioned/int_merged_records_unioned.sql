-- Grain: one row per source, record and record that was merged into it.
{{
    union_vendors(
        {
            "hubspot": "stg_hubspot__merged_records",
            "salesforce": "stg_salesforce__merged_records",
            "generic": "stg_generic__merged_records",
        },
        {"record_key": "string", "merged_key": "string", "known_from_date": "date"},
    )
}}
