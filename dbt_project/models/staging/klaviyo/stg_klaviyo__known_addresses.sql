-- Grain: one row per person of the email service and address that any version of them,
-- deleted ones too, ever had.
with
    versions as (
        select
            trim(id) as recipient_key,
            {{ explode_text(contacts_in("email"), ";") }} as contact
        from {{ canonical_rows("klaviyo", "person") }}
    ),

    addresses as (
        select recipient_key, {{ clean_email("contact") }} as email from versions
    )

select distinct recipient_key, email
from addresses
where recipient_key is not null and email is not null
