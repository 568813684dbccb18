-- Grain: one row per consent event of an address or phone, whoever reported it.
-- A repeated delivery stands once. An unsubscribe or complaint at the email service,
-- an opt-out in the CRM and a ledger
-- row that cannot be read but is no grant are withdrawals like any other. Grants
-- dated after the night's midnight are left out;
-- withdrawals never are.
with
    delivered as (
        {{
            union_vendors(
                {"consent": "stg_consent__events", "cmp": "stg_cmp__receipts"},
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
                    "export_date": "date",
                    "file_id": "string",
                    "row_number": "bigint",
                },
                missing={"consent": ["file_id", "row_number"]},
            )
        }}
    ),

    ledger as (
        select
            *,
            row_number() over (
                partition by source, event_id
                order by
                    export_date nulls last, file_id nulls last, row_number nulls last
            ) as delivery
        from delivered
    ),

    unreadable as (
        {{
            union_vendors(
                {
                    "consent": "stg_consent__unreadable_withdrawals",
                    "cmp": "stg_cmp__unreadable_withdrawals",
                },
                {"email": "string", "phone": "string"},
            )
        }}
    ),

    opt_outs as (
        select
            source,
            concat(source, '_', event_name, '_', email) as event_id,
            email,
            event_name as consent_source,
            event_at
        from {{ ref("int_email_opt_outs_unioned") }}
        where event_name in ('unsubscribe', 'complaint')
        union all
        -- a flag that stands in the CRM tonight holds, whatever was agreed before
        select
            source,
            concat(source, '_', record_key) as event_id,
            email,
            'crm_opt_out' as consent_source,
            {{ as_of_at() }} as event_at
        from {{ ref("int_contacts_unioned") }}
        where is_opted_out and email is not null
        union all
        select distinct
            source,
            concat(source, '_unreadable_', email) as event_id,
            email,
            'unreadable_withdrawal' as consent_source,
            {{ as_of_at() }} as event_at
        from unreadable
        where email is not null
    )

select
    source,
    event_id,
    email,
    phone,
    -- a withdrawal from `all`, or in words that we do not know, is one from what we
    -- send
    case
        when status = 'granted' or channel in ('email', 'sms') then channel else 'email'
    end as channel,
    case
        when status = 'granted' or purpose in ('marketing', 'personalisation')
        then purpose
        else 'marketing'
    end as purpose,
    lawful_basis,
    status,
    status <> 'granted'
    and purpose not in ('marketing', 'personalisation') as is_from_everything,
    consent_source,
    policy_version,
    jurisdiction,
    double_opt_in_at,
    event_at,
    export_date as known_from_date
from ledger
where
    delivery = 1
    and (status <> 'granted' or event_at < {{ as_of_at() }})
    -- a decision about a number that is none is about nobody
    and (email is not null or phone is not null)
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
    -- nobody can read what it was for
    consent_source = 'unreadable_withdrawal' as is_from_everything,
    consent_source,
    null as policy_version,
    null as jurisdiction,
    null as double_opt_in_at,
    event_at,
    -- the mail log and the contact say since when the address is known
    cast(null as date) as known_from_date
from opt_outs
