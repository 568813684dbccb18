-- Grain: one row per person and field of the golden record of which something is known.
-- Which value wins says seeds/reference/survivorship.csv, field by field. Fields that
-- are taken together come from one record: a town of one and a postal code of another
-- are nobody's address. Where no record has a value, the stated fallback stands; it has
-- no source.
with
    chosen as (select * from {{ ref("int_attributes_agreed") }}),

    people as (
        select distinct profile_id
        from {{ ref("int_identities_resolved") }}
        where identifier_type <> 'device'
    ),

    lived_in as (
        select people.profile_id, chosen.field_value as country_code
        from people
        left join
            chosen
            on chosen.profile_id = people.profile_id
            and chosen.field = 'country_code'
    ),

    fallbacks as (
        select
            lived_in.profile_id,
            fields.field,
            fields.rule,
            case
                when fields.fallback in ('country', 'country_or_business')
                then
                    case
                        when fields.field = 'language'
                        then defaults.language
                        when fields.field = 'time_zone' and defaults.time_zone <> ''
                        then defaults.time_zone
                        when
                            fields.field = 'time_zone'
                            and fields.fallback = 'country_or_business'
                            and lived_in.country_code is null
                        then '{{ var("business_time_zone") }}'
                    end
            end as field_value
        from lived_in
        cross join {{ ref("survivorship") }} as fields
        left join
            {{ ref("country_defaults") }} as defaults
            on defaults.country_code = lived_in.country_code
        left join
            chosen
            on chosen.profile_id = lived_in.profile_id
            and chosen.field = fields.field
        where fields.fallback <> 'none' and chosen.profile_id is null
    )

select
    chosen.profile_id,
    chosen.field,
    chosen.field_value,
    chosen.rule,
    chosen.source,
    chosen.record_id,
    chosen.updated_at,
    false as is_fallback,
    chosen.runner_up_count
from chosen
union all
select
    profile_id,
    field,
    field_value,
    rule,
    cast(null as string) as source,
    cast(null as string) as record_id,
    cast(null as {{ timestamp_type() }}) as updated_at,
    true as is_fallback,
    0 as runner_up_count
from fallbacks
where field_value is not null
