-- Grain: one row per version of a contact that says whether it opted out, and contact
-- point that it is about; deleted ones can only say no.
with
    versions as (
        select
            trim("Id") as record_key,
            "Email" as address,
            cast(null as string) as further_addresses,
            coalesce(nullif(trim("MobilePhone"), ''), "Phone") as phone,
            "HasOptedOutOfEmail" as flag,
            "IsDeleted" as deleted,
            coalesce(
                {{ read_instant('"SystemModstamp"') }},
                {{ read_instant('"LastModifiedDate"') }}
            ) as said_at,
            {{ lineage() }}
        from {{ canonical_rows("salesforce", "contacts") }}
    )

    {{ opt_out_flags("versions", "contacts", "crm_opt_out") }}
