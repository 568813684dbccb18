-- Grain: one row per person: the golden record, with the value that won in each field,
-- else its fallback. A person known by a device only is nobody yet and stands not here.
with
    people as (
        select distinct profile_id
        from {{ ref("int_identities_resolved") }}
        where identifier_type <> 'device'
    )

select
    people.profile_id
    {%- for field, type in golden_fields().items() %}
        ,
        cast(
            max(
                case when chosen.field = '{{ field }}' then chosen.field_value end
            ) as {{ type }}
        ) as {{ field }}
    {%- endfor %}
from people
left join {{ ref("int_attributes_chosen") }} as chosen using (profile_id)
group by people.profile_id
