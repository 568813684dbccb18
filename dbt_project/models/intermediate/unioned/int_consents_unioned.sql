-- Grain: one row per consent event of an address or phone, whoever reported it.
-- A repeated delivery stands once. A no that was said elsewhere, and that no later yes
-- took back there, is a withdrawal like any other. Grants dated after the night's
-- midnight are left out, withdrawals never are; nor is what a replaced file withdrew.
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

    -- what no yes of its own source took back; a dead address said nothing
    refusals as (
        select
            source,
            concat_ws(
                '_', source, kind, record_key, coalesce(email, phone)
            ) as event_id,
            email,
            phone,
            kind as consent_source,
            is_from_everything,
            max(refused_at) as event_at
        from {{ ref("int_refusals") }}
        where
            lifted_at is null
            and kind <> 'hard_bounce'
            and (email is not null or phone is not null)
        group by source, kind, record_key, email, phone, is_from_everything
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
    export_date as known_from_date,
    false as is_told_elsewhere
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
    phone,
    'email' as channel,
    'marketing' as purpose,
    null as lawful_basis,
    'withdrawn' as status,
    is_from_everything,
    consent_source,
    null as policy_version,
    null as jurisdiction,
    null as double_opt_in_at,
    event_at,
    -- the mail log and the contact say since when the address is known
    cast(null as date) as known_from_date,
    true as is_told_elsewhere
from refusals
