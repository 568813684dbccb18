-- Grain: one row per person and field of the golden record that any of their records
-- fills: the value that wins by the field's rule, and how many others it won against.
-- Fields that are taken together come from one record.
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
    )

select
    ranked.profile_id,
    ranked.field,
    ranked.field_value,
    ranked.rule,
    ranked.source,
    ranked.record_id,
    ranked.updated_at,
    counted.runner_up_count
from ranked
inner join
    counted on counted.profile_id = ranked.profile_id and counted.field = ranked.field
where ranked.place = 1
