-- Grain: one row per no that was ever said and person whom it is about; one without a
-- person where it names nobody whom we know. Why somebody is out, and what let them in
-- again.
with
    grants as (
        select profile_id, channel, purpose, event_id, event_at
        from {{ ref("int_consents_attributed") }}
        where status = 'granted' and profile_id is not null
    ),

    answered as (
        select
            refusals.refusal_id,
            refusals.profile_id,
            grants.event_id,
            grants.event_at,
            row_number() over (
                partition by refusals.refusal_id, refusals.profile_id
                order by grants.event_at nulls last, grants.event_id nulls last
            ) as place
        from {{ ref("int_refusals_attributed") }} as refusals
        inner join grants using (profile_id, channel, purpose)
        where
            refusals.kind not in ('complaint', 'hard_bounce')
            and {{ to_second("grants.event_at") }}
            > {{ to_second("refusals.refused_at") }}
    )

select
    refusals.refusal_id,
    refusals.profile_id,
    coalesce(refusals.email, refusals.phone) as contact,
    refusals.source,
    refusals.table_name,
    refusals.record_key,
    refusals.kind,
    refusals.channel,
    refusals.purpose,
    refusals.is_from_everything,
    refusals.said_at,
    refusals.refused_at,
    refusals.first_export_date,
    refusals.last_export_date,
    refusals.first_file_id,
    refusals.lifted_at,
    refusals.lifted_by_file_id,
    answered.event_at as granted_at,
    answered.event_id as granted_event_id,
    refusals.lifted_at is null and answered.event_id is null as is_in_force
from {{ ref("int_refusals_attributed") }} as refusals
left join
    answered
    on answered.refusal_id = refusals.refusal_id
    and answered.profile_id = refusals.profile_id
    and answered.place = 1
