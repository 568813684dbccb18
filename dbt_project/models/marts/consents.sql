-- Grain: one row per channel, purpose and address or phone: what holds tonight, and the
-- consent event that says so. The last event by its own time decides, whenever it
-- arrived; in the same second a withdrawal beats a grant.
with
    ranked as (
        select
            *,
            coalesce(email, phone) as contact,
            row_number() over (
                partition by channel, purpose, coalesce(email, phone)
                order by
                    event_at desc nulls first,
                    case when status = 'granted' then 1 else 0 end nulls last,
                    event_id nulls last
            ) as lastness,
            max(case when status <> 'granted' then event_at end) over (
                partition by channel, purpose, coalesce(email, phone)
            ) as last_withdrawn_at
        from {{ ref("int_consents_attributed") }}
    ),

    latest as (select * from ranked where lastness = 1),

    -- every consent source that is switched on: a withdrawal could be in what is
    -- missing
    consent_sources as (
        select min(is_fresh) as is_fresh
        from {{ ref("stg_nightpost__sources") }}
        where is_consent_source
    )

select
    concat(latest.channel, '/', latest.purpose, '/', latest.contact) as consent_id,
    latest.profile_id,
    latest.channel,
    latest.purpose,
    latest.contact,
    case
        when not coalesce(consent_sources.is_fresh, false)
        then 'consent_stale'
        when latest.status <> 'granted'
        then 'withdrawn'
        when coalesce(latest.lawful_basis, '') <> 'consent'
        then 'no_lawful_basis'
        when
            coalesce(consent_rules.requires_double_opt_in, true)
            and latest.double_opt_in_at is null
        then 'double_opt_in_missing'
        else 'granted'
    end as permission,
    latest.event_id,
    latest.event_at,
    latest.last_withdrawn_at,
    latest.consent_source,
    latest.policy_version,
    latest.jurisdiction,
    latest.double_opt_in_at
from latest
cross join consent_sources
left join {{ ref("consent_rules") }} as consent_rules using (jurisdiction)
