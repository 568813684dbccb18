-- Grain: one row per no and person whom it is about; one without a person where it
-- names nobody whom we know. It is about everybody who has its address, with whatever
-- tag; who uses its phone; and whose record said it, under whatever address they are
-- known today.
with
    noes as (
        select
            refusal_id,
            source,
            table_name,
            record_key,
            kind,
            email,
            phone,
            'email' as channel,
            'marketing' as purpose,
            is_from_everything,
            said_at,
            refused_at,
            first_export_date,
            last_export_date,
            first_file_id,
            lifted_at,
            lifted_by_file_id
        from {{ ref("int_refusals") }}
        union all
        select
            event_id as refusal_id,
            source,
            cast(null as string) as table_name,
            cast(null as string) as record_key,
            'withdrawal' as kind,
            email,
            phone,
            channel,
            purpose,
            is_from_everything,
            event_at as said_at,
            event_at as refused_at,
            known_from_date as first_export_date,
            known_from_date as last_export_date,
            cast(null as string) as first_file_id,
            cast(null as {{ timestamp_type() }}) as lifted_at,
            cast(null as string) as lifted_by_file_id
        from {{ ref("int_consents_unioned") }}
        where status <> 'granted' and not is_told_elsewhere
    ),

    named as (
        select
            refusal_id,
            {{ mailbox("email") }} as mailbox,
            phone,
            case
                when email is null and phone is null and record_key is not null
                then
                    concat(
                        {{ record_identifier_type("source") }},
                        ':',
                        {{ record_source("source") }},
                        '/',
                        record_key
                    )
            end as identifier
        from noes
    ),

    mailboxes as (
        select distinct {{ mailbox("identifier_value") }} as mailbox, profile_id
        from {{ ref("int_identities_resolved") }}
        where identifier_type = 'email'
    ),

    people as (
        select named.refusal_id, mailboxes.profile_id
        from named
        inner join mailboxes using (mailbox)
        union
        select named.refusal_id, phones.profile_id
        from named
        inner join {{ ref("int_phones_attributed") }} as phones using (phone)
        union
        select named.refusal_id, records.profile_id
        from named
        inner join {{ ref("int_identities_resolved") }} as records using (identifier)
    )

select noes.*, people.profile_id
from noes
left join people using (refusal_id)
