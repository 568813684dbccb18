-- Grain: one row per version of an account that says whether it is subscribed, and
-- contact point that it is about: a withdrawal, and the yes that takes it back. An
-- account that never was subscribed refuses nothing; and no yes here is a permission.
with
    versions as (
        select
            trim(id) as record_key,
            email as address,
            cast(null as string) as further_addresses,
            cast(null as string) as phone,
            {{ json_text("extension_attributes", "$.is_subscribed") }} as flag,
            cast(null as string) as deleted,
            {{ read_utc_time("updated_at") }} as said_at,
            {{ lineage() }}
        from {{ canonical_rows("magento", "customers") }}
    )

    {{ opt_out_flags("versions", "customers", "shop_opt_out", is_permission=true) }}
