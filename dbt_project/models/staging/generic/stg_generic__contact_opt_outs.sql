-- Grain: one row per version of a contact that says whether it opted out, and contact
-- point that it is about.
with
    versions as (
        select
            trim(contact_id) as record_key,
            email as address,
            cast(null as string) as further_addresses,
            phone,
            opted_out as flag,
            cast(null as string) as deleted,
            {{ read_instant("updated_at") }} as said_at,
            {{ lineage() }}
        from {{ canonical_rows("generic", "contacts") }}
    )

    {{ opt_out_flags("versions", "contacts", "crm_opt_out") }}
