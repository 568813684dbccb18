-- Grain: one row per consent event of an address or phone, whoever reported it.
-- An unsubscribe or complaint at the email service and an opt-out in the CRM are
-- withdrawals like any other. Grants dated after the night's midnight are left out;
-- withdrawals never are.
with
    ledger as (
        {{
            union_vendors(
                {"consent": "stg_consent__events"},
                {
                    "event_id": "string",
                    "email": "string",
                    "phone": "string",
                    "channel": "string",
                    "purpose": "string",
                    "lawful_basis": "string",
                    "status": "string",
                    "consent_source": "string",
                    "policy_version": "string",
                    "jurisdiction": "string",
                    "double_opt_in_at": timestamp_type(),
                    "event_at": timestamp_type(),
                },
            )
        }}
    ),

    mail_opt_outs as (
        select
            source,
            concat(source, '_', event_id) as event_id,
            email,
            event_name as consent_source,
            event_at
        from {{ ref("int_email_events_unioned") }}
        where event_name in ('unsubscribe', 'complaint') and email is not null
    ),

    crm_opt_outs as (
        select
            source,
            concat(source, '_', record_key) as event_id,
            email,
            'crm_opt_out' as consent_source,
            coalesce(updated_at, created_at, {{ as_of_at() }}) as event_at
        from {{ ref("int_contacts_unioned") }}
        where is_opted_out and email is not null
    ),

    opt_outs as (
        select *
        from mail_opt_outs
        union all
        select *
        from crm_opt_outs
    )

select
    source,
    event_id,
    email,
    phone,
    channel,
    purpose,
    lawful_basis,
    status,
    consent_source,
    policy_version,
    jurisdiction,
    double_opt_in_at,
    event_at
from ledger
where status <> 'granted' or event_at < {{ as_of_at() }}
union all
select
    source,
    event_id,
    email,
    null as phone,
    'email' as channel,
    'marketing' as purpose,
    null as lawful_basis,
    'withdrawn' as status,
    consent_source,
    null as policy_version,
    null as jurisdiction,
    null as double_opt_in_at,
    event_at
from opt_outs
