-- Grain: one row per delivered decision on the consent banner and purpose.
-- Only a clear yes grants: to everything, or to the scopes that were ticked. A refusal,
-- a withdrawal, an expiry and what nobody knows deny; a banner that is still open, and
-- a consent that is only implied, decide nothing.
{% set purposes = {
    "analytics": "statistic|analytic|performance|measurement",
    "ads": "market|advert|target|(^|[^a-z])ads?($|[^a-z])",
    "personalisation": "personali[sz]",
} %}
with
    decisions as (
        select
            event_id,
            device_id,
            coalesce(
                {{ json_text("consent_preferences", "$.event_type") }},
                {{ json_text("consent_preferences", "$[0].event_type") }},
                ''
            ) as decision,
            coalesce(
                {{ json_text("consent_preferences", "$.consent_scopes") }},
                {{ json_text("consent_preferences", "$[0].consent_scopes") }},
                ''
            ) as scopes,
            coalesce(
                {{ json_text("consent_preferences", "$.consent_version") }},
                {{ json_text("consent_preferences", "$[0].consent_version") }}
            ) as banner_version,
            event_at as decided_at,
            export_date,
            file_id,
            row_number
        from {{ ref("stg_snowplow__events") }}
        where consent_preferences is not null
    )

{% for purpose, scope in purposes.items() %}
    select
        concat(event_id, '_{{ purpose }}') as event_id,
        device_id,
        '{{ purpose }}' as purpose,
        case
            when lower(decision) = 'allow_all'
            then 'granted'
            when
                lower(decision) = 'allow_selected'
                and {{ matches("lower(scopes)", scope) }}
            then 'granted'
            else 'denied'
        end as status,
        false as has_gpc_signal,
        banner_version,
        cast(null as string) as jurisdiction,
        decided_at,
        export_date,
        file_id,
        row_number
    from decisions
    where
        lower(decision) not in ('pending', 'implicit_consent')
        {{ "union all" if not loop.last }}
{% endfor %}
