-- Grain: one row per version of an account that says whether it takes marketing mail,
-- and contact point that it is about: a withdrawal, and the yes that takes it back. An
-- account that never said yes refuses nothing; and no yes here is a permission.
with
    versions as (
        select
            trim(replace("Customer ID", '''', '')) as record_key,
            "Email" as address,
            cast(null as string) as further_addresses,
            "Phone" as phone,
            "Accepts Email Marketing" as flag,
            cast(null as string) as deleted,
            cast(null as {{ timestamp_type() }}) as said_at,
            {{ lineage() }}
        from {{ canonical_rows("shopify", "customers") }}
    )

    {{ opt_out_flags("versions", "customers", "shop_opt_out", is_permission=true) }}
