-- Grain: one row per consent event; the same event delivered twice stands once.
with
    parsed as (
        select
            {{ clean_email("subject") }} as email,
            {{ clean_phone("subject") }} as phone,
            lower(trim(channel)) as channel,
            lower(trim(purpose)) as purpose,
            lower({{ read_text("lawful_basis") }}) as lawful_basis,
            lower(trim(status)) as status,
            {{ read_text('"source"') }} as consent_source,
            {{ read_text("method") }} as method,
            {{ read_text("policy_version") }} as policy_version,
            {{ read_text("proof_reference") }} as proof_reference,
            upper({{ read_text("jurisdiction") }}) as jurisdiction,
            {{ read_instant("double_opt_in_time") }} as double_opt_in_at,
            {{ read_instant("event_time") }} as event_at,
            _export_date as export_date
        from {{ delivered_rows("consent", "ledger") }}
        -- what a replaced file withdrew is withdrawn; what it granted is not granted
        where
            not coalesce(_is_replaced, false)
            or coalesce(lower(trim(status)), '') <> 'granted'
    )

select
    concat(
        'consent_',
        substr(
            {{
                sha256(
                    "concat_ws('|', coalesce(email, phone), channel, purpose, "
                    "coalesce(lawful_basis, ''), status, coalesce(consent_source, ''), "
                    "coalesce(method, ''), coalesce(jurisdiction, ''), "
                    "coalesce(policy_version, ''), coalesce(proof_reference, ''), "
                    "coalesce(cast(double_opt_in_at as string), ''), cast(event_at as string))"
                )
            }},
            1,
            20
        )
    ) as event_id,
    email,
    phone,
    channel,
    purpose,
    lawful_basis,
    status,
    consent_source,
    method,
    policy_version,
    proof_reference,
    jurisdiction,
    double_opt_in_at,
    event_at,
    min(export_date) as export_date
from parsed
group by
    email,
    phone,
    channel,
    purpose,
    lawful_basis,
    status,
    consent_source,
    method,
    policy_version,
    proof_reference,
    jurisdiction,
    double_opt_in_at,
    event_at
