{# The CTE `previous`: what each person's newest change before tonight says, `value`. #}
{% macro newest_standing(changes) -%}
    ranked_changes as (
        select
            profile_id,
            value,
            row_number() over (
                partition by profile_id order by night desc nulls last
            ) as newness
        from {{ ref(changes) }}
    ),

    previous as (select profile_id, value from ranked_changes where newness = 1)
{%- endmacro %}

{# A whole model: the changes of earlier nights, `kept`, and tonight's of `column` in the
   mart `standings`. Where it `may_end`, whoever has no row tonight changes to nothing. What
   is kept under an id that has gone over into another person is that person's: it goes
   with them when they refuse. #}
{% macro changes_of_standing(id, kept, standings, column, may_end) -%}
    with
        {{ newest_standing(kept) }},

        tonight as (
            select
                profiles.profile_id,
                previous.value as previous_value,
                standings.{{ column }} as value
            from {{ ref("profiles") }} as profiles
            left join previous using (profile_id) {{ "left" if may_end else "inner" }}
            join {{ ref(standings) }} as standings using (profile_id)
            where previous.value is distinct from standings.{{ column }}
        ),

        changes as (
            select night, profile_id, previous_value, value
            from {{ ref(kept) }}
            union all
            select {{ as_of_date() }} as night, profile_id, previous_value, value
            from tonight
        )

    select
        concat(changes.profile_id, '/', cast(changes.night as string)) as {{ id }},
        changes.night,
        changes.profile_id,
        changes.previous_value,
        changes.value
    from changes
    left join
        {{ ref("profile_aliases") }} as aliases
        on aliases.old_profile_id = changes.profile_id
    where {{ may_be_profiled("coalesce(aliases.profile_id, changes.profile_id)") }}
{%- endmacro %}
