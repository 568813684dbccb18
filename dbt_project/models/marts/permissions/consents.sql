-- Grain: one row per channel, purpose and address or phone: what holds tonight, and the
-- consent event that says so. The last event by its own time decides, whenever it
-- arrived; in the same second the strictest does: a withdrawal beats a grant, and a
-- grant that permits nothing one that does.
with
    judged as (
        select
            consents.*,
            coalesce(consents.email, consents.phone) as contact,
            case
                when consents.status <> 'granted'
                then 'withdrawn'
                when coalesce(consents.lawful_basis, '') <> 'consent'
                then 'no_lawful_basis'
                -- a confirmation of after the night is none yet
                when
                    coalesce(consent_rules.requires_double_opt_in, true)
                    and not coalesce(
                        consents.double_opt_in_at < {{ as_of_at() }}, false
                    )
                then 'double_opt_in_missing'
                else 'granted'
            end as permission
        from {{ ref("int_consents_attributed") }} as consents
        left join {{ ref("consent_rules") }} as consent_rules using (jurisdiction)
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by channel, purpose, contact
                order by
                    {{ to_second("event_at") }} desc nulls first,
                    case
                        permission
                        when 'withdrawn'
                        then 0
                        when 'no_lawful_basis'
                        then 1
                        when 'double_opt_in_missing'
                        then 2
                        else 3
                    end nulls last,
                    event_id nulls last
            ) as lastness,
            max(case when status <> 'granted' then event_at end) over (
                partition by channel, purpose, contact
            ) as last_withdrawn_at
        from judged
    ),

    -- every consent source that is switched on, and every file of whom can say no: a
    -- withdrawal could be in what is missing
    consent_sources as (
        select
            min(case when is_consent_source then is_fresh end) as is_fresh,
            max(has_unknown_rows) as has_unknown_rows
        from {{ ref("stg_nightpost__sources") }}
    )

select
    concat(latest.channel, '/', latest.purpose, '/', latest.contact) as consent_id,
    latest.profile_id,
    latest.channel,
    latest.purpose,
    latest.contact,
    case
        when
            not coalesce(consent_sources.is_fresh, false)
            or coalesce(consent_sources.has_unknown_rows, false)
        then 'consent_stale'
        else latest.permission
    end as permission,
    latest.event_id,
    latest.event_at,
    latest.last_withdrawn_at,
    latest.consent_source,
    latest.policy_version,
    latest.jurisdiction,
    latest.double_opt_in_at
from ranked as latest
cross join consent_sources
where latest.lastness = 1
