-- Grain: one row per statement on a preference that can refuse all mail, by
-- seeds/reference/preference_refusals.csv, and address that it is about. Another value
-- of the same preference takes the no back; no value does not.
with
    stated as (
        select
            email as address,
            {{ preference_name("preference") }} as preference,
            lower({{ read_text(without_invisible('"value"')) }}) as preference_value,
            {{ read_instant("updated_at") }} as said_at,
            {{ lineage() }}
        from {{ canonical_rows("preferences", "centre") }}
    ),

    versions as (
        select
            concat(
                coalesce({{ clean_email("stated.address") }}, ''),
                '/',
                stated.preference
            ) as record_key,
            stated.address,
            cast(null as string) as further_addresses,
            cast(null as string) as phone,
            case
                when {{ matches_pattern("stated.preference_value", "words.refusal") }}
                then 'true'
                when stated.preference_value is not null
                then 'false'
            end as flag,
            cast(null as string) as deleted,
            stated.said_at,
            stated.export_date,
            stated.file_id,
            stated.row_number,
            stated.is_replaced
        from stated
        inner join
            {{ ref("preference_refusals") }} as words
            on {{ matches_pattern("stated.preference", "words.preference") }}
    )

    {{ opt_out_flags("versions", "centre", "preference_opt_out") }}
