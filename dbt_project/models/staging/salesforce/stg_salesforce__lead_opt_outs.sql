-- Grain: one row per version of a lead that says whether it opted out, and contact
-- point that it is about; deleted ones can only say no. What a lead says, before or
-- after it became a contact, is said by the contact.
with
    versions as (
        select
            coalesce(
                max({{ read_text('"ConvertedContactId"') }}) over (
                    partition by trim("Id")
                ),
                trim("Id")
            ) as record_key,
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
        from {{ canonical_rows("salesforce", "leads") }}
    )

    {{ opt_out_flags("versions", "leads", "crm_opt_out") }}
