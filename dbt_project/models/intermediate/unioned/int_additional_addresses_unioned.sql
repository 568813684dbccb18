-- Grain: one row per source, record and further address of it.
select source, record_key, email, min(known_from_date) as known_from_date
from
    (
        {{
            union_vendors(
                {
                    "hubspot": "stg_hubspot__additional_addresses",
                    "salesforce": "stg_salesforce__additional_addresses",
                    "generic": "stg_generic__additional_addresses",
                },
                {
                    "record_key": "string",
                    "email": "string",
                    "known_from_date": "date",
                },
            )
        }}
    ) as told
group by source, record_key, email
