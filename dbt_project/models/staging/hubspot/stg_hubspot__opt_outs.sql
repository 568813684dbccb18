-- Grain: one row per version of a contact that says whether it opted out, and contact
-- point that it is about.
with
    versions as (
        select
            trim("Record ID") as record_key,
            "Email" as address,
            "Additional email addresses" as further_addresses,
            coalesce(nullif(trim("Mobile Phone Number"), ''), "Phone Number") as phone,
            "Unsubscribed from all email" as flag,
            cast(null as string) as deleted,
            {{ read_local_time('"Last Modified Date"') }} as said_at,
            {{ lineage() }}
        from {{ canonical_rows("hubspot", "contacts") }}
    )

    {{ opt_out_flags("versions", "contacts", "crm_opt_out") }}
