-- Grain: one row per person and field of the golden record of which something is known.
-- Which value wins says seeds/reference/survivorship.csv, field by field. Fields that
-- are taken together come from one record: a town of one and a postal code of another
-- are nobody's address. Where no record has a value, the stated fallback stands; it has
-- no source.
with
    -- how strong a value is by the rules that look beyond it; less is stronger
    frequencies as (
        select
            profile_id, field, lower(field_value) as value_key, - count(*) as weakness
        from {{ ref("int_attributes_known") }}
        where rule = 'most_frequent'
        group by profile_id, field, lower(field_value)
    ),

    -- A name that most records have, unless it is an initial, or rather the person's
    -- other name: one that as many records have there.
    named as (
        select profile_id, field, name_key, count(*) as record_count
        from {{ ref("int_attributes_known") }}
        where rule = 'most_credible'
        group by profile_id, field, name_key
    ),

    credibility as (
        select
            profile_id,
            field,
            name_key,
            - record_count as weakness,
            case
                when
                    record_count
                    <= sum(record_count) over (partition by profile_id, name_key)
                    - record_count
                then 1
                else 0
            end as is_other_name
        from named
    ),

    fullness as (
        select profile_id, taken_together, record_id, - count(*) as weakness
        from {{ ref("int_attributes_known") }}
        where rule = 'most_complete' and field_count > 1
        group by profile_id, taken_together, record_id
    ),

    ranked as (
        select
            known.*,
            -- equal ranks are the fields of one record
            rank() over (
                partition by known.profile_id, known.taken_together
                order by
                    case
                        when known.rule = 'most_credible'
                        then case when known.is_initial then 1 else 0 end
                    end nulls last,
                    credibility.is_other_name nulls last,
                    case
                        when known.rule = 'source_rank'
                        then known.source_place
                        when known.rule = 'most_complete' and known.field_count = 1
                        then - length(known.field_value)
                        else
                            coalesce(
                                frequencies.weakness,
                                credibility.weakness,
                                fullness.weakness
                            )
                    end nulls last,
                    case
                        when
                            known.rule = 'most_credible'
                            and {{ is_in_one_case("known.field_value") }}
                        then 1
                        else 0
                    end nulls last,
                    case
                        when known.rule = 'earliest' then known.field_value
                    end nulls last,
                    case
                        when known.rule = 'most_recent' then known.updated_at
                    end desc nulls last,
                    known.source_place nulls last,
                    known.updated_at desc nulls last,
                    known.record_id nulls last
            ) as place
        from {{ ref("int_attributes_known") }} as known
        left join
            frequencies
            on frequencies.profile_id = known.profile_id
            and frequencies.field = known.field
            and frequencies.value_key = lower(known.field_value)
        left join
            credibility
            on credibility.profile_id = known.profile_id
            and credibility.field = known.field
            and credibility.name_key = known.name_key
        left join
            fullness
            on fullness.profile_id = known.profile_id
            and fullness.taken_together = known.taken_together
            and fullness.record_id = known.record_id
    ),

    counted as (
        select
            profile_id, field, count(distinct lower(field_value)) - 1 as runner_up_count
        from {{ ref("int_attributes_known") }}
        group by profile_id, field
    ),

    chosen as (select * from ranked where place = 1),

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
    counted.runner_up_count
from chosen
inner join
    counted on counted.profile_id = chosen.profile_id and counted.field = chosen.field
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
