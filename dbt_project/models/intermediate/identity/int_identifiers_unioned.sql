-- Grain: one row per record and identifier that it carries. A record is whatever one
-- system says of one person: a contact, an account, an order, a loyalty card, a device,
-- an address. An identifier is `<type>:<value>`, comparable over all sources. Of each
-- record it is said since when it is known, and whether it is an account: whether its
-- own id stands for one person.
with
    contacts as (
        select
            source,
            concat(source, '/', record_key) as record_id,
            record_key,
            email,
            phone,
            {{ name_key("concat(coalesce(first_name, ''), coalesce(last_name, ''))") }}
            as name_key,
            known_from_date
        from {{ ref("int_contacts_unioned") }}
    ),

    orders as (
        select
            source,
            concat(source, '/order/', order_id) as record_id,
            customer_key,
            email,
            phone,
            {{ name_key("billing_name") }} as name_key,
            known_from_date
        from {{ ref("int_orders_unioned") }}
    ),

    loyalty_accounts as (
        select
            source,
            concat(source, '/account/', loyalty_id) as record_id,
            loyalty_id,
            customer_key,
            email,
            known_from_date
        from {{ ref("int_loyalty_accounts_unioned") }}
    ),

    -- a record carries the ids of those that were merged into it, and its further
    -- addresses, whether it was delivered itself or not
    merged as (
        select distinct
            concat(source, '/', record_key) as record_id,
            source,
            {{ record_identifier_type("source") }} as identifier_type,
            concat(source, '/', merged_key) as identifier_value,
            known_from_date
        from {{ ref("int_merged_records_unioned") }}
        union all
        select distinct
            concat(source, '/', record_key), source, 'email', email, known_from_date
        from {{ ref("int_additional_addresses_unioned") }}
    ),

    of_merged as (
        select
            record_id,
            source,
            identifier_type,
            identifier_value,
            min(known_from_date) as known_from_date
        from
            (
                select *
                from merged
                union all
                select
                    record_id,
                    source,
                    {{ record_identifier_type("source") }},
                    record_id,
                    known_from_date
                from merged
            ) as carried
        where
            not exists (
                select 1
                from contacts
                where
                    contacts.record_id = carried.record_id
                    and (
                        carried.identifier_value = contacts.record_id
                        or carried.identifier_type = 'email'
                        and carried.identifier_value = contacts.email
                    )
            )
        group by record_id, source, identifier_type, identifier_value
    ),

    -- a device that several accounts log in on belongs to none of them
    devices as (
        select
            device_id,
            max(web_user_id) as web_user_id,
            min(export_date) as known_from_date
        from {{ ref("int_web_events_unioned") }}
        where web_user_id is not null
        group by device_id
        having count(distinct web_user_id) = 1
    ),

    -- an account on a social network is somebody's where one address was behind it
    handles as (
        select network, handle, max(email_sha256) as email_sha256
        from {{ ref("int_social_engagements_unioned") }}
        where handle is not null and email_sha256 is not null
        group by network, handle
        having count(distinct email_sha256) = 1
    ),

    identifiers as (
        select
            record_id,
            source,
            {{ record_identifier_type("source") }} as identifier_type,
            concat(source, '/', record_key) as identifier_value,
            name_key,
            known_from_date,
            true as is_account
        from contacts
        union all
        select record_id, source, 'email', email, name_key, known_from_date, true
        from contacts
        where email is not null
        union all
        select
            record_id,
            source,
            identifier_type,
            identifier_value,
            '',
            known_from_date,
            true
        from of_merged
        union all
        -- a phone is a household's; together with a name it is a person's
        select
            record_id,
            source,
            'phone_and_name',
            concat(phone, '/', name_key),
            name_key,
            known_from_date,
            true
        from contacts
        where phone is not null and name_key <> ''
        union all
        select
            record_id,
            source,
            {{ record_identifier_type("source") }},
            concat(source, '/', customer_key),
            '',
            known_from_date,
            false
        from orders
        where customer_key is not null
        union all
        select record_id, source, 'email', email, name_key, known_from_date, false
        from orders
        where email is not null
        union all
        select
            record_id,
            source,
            'phone_and_name',
            concat(phone, '/', name_key),
            name_key,
            known_from_date,
            false
        from orders
        where phone is not null and name_key <> ''
        union all
        select
            record_id,
            source,
            'loyalty',
            concat(source, '/', loyalty_id),
            '',
            known_from_date,
            true
        from loyalty_accounts
        union all
        select record_id, source, 'email', email, '', known_from_date, true
        from loyalty_accounts
        where email is not null
        union all
        select
            record_id,
            source,
            'customer',
            concat('{{ var("loyalty_customer_ids_are_of") }}/', customer_key),
            '',
            known_from_date,
            true
        from loyalty_accounts
        where customer_key is not null
        union all
        select
            concat('device/', device_id),
            'web',
            'device',
            device_id,
            '',
            known_from_date,
            false
        from devices
        union all
        select
            concat('device/', device_id),
            'web',
            {{
                record_identifier_type(
                    "'" ~ var("web_user_ids_are_customers_of") ~ "'"
                )
            }},
            concat('{{ var("web_user_ids_are_customers_of") }}/', web_user_id),
            '',
            known_from_date,
            false
        from devices
        union all
        select
            concat('email/', email), source, 'email', email, '', min(export_date), false
        from {{ ref("int_email_events_unioned") }}
        where email is not null
        group by source, email
        union all
        select
            concat('consent/', email),
            source,
            'email',
            email,
            '',
            min(known_from_date),
            false
        from {{ ref("int_consents_unioned") }}
        where email is not null
        group by source, email
    ),

    -- a hash says nothing before its address is known
    hashes as (
        select addresses.email, addresses.email_sha256
        from
            (
                select distinct
                    identifier_value as email,
                    {{ sha256("identifier_value") }} as email_sha256
                from identifiers
                where identifier_type = 'email'
            ) as addresses
        inner join
            (
                select distinct email_sha256
                from {{ ref("int_social_engagements_unioned") }}
            ) as engaged using (email_sha256)
    ),

    -- A box that a team reads ties nobody, but with the name it is a person's; so is
    -- the box behind a tag, as ana+shop@ is delivered to ana@ (RFC 5233). What more
    -- names use than a team has is a placeholder.
    mailboxes as (
        select
            *,
            case
                when identifier_value like '_%+%@%'
                then {{ replace_all("identifier_value", "[+][^@]*@", "@") }}
                else identifier_value
            end as mailbox
        from identifiers
        where identifier_type = 'email' and name_key <> ''
    ),

    several_peoples as (
        select mailbox
        from mailboxes
        group by mailbox
        having
            count(distinct name_key) <= 30
            and (
                count(distinct name_key) > 1
                or max(case when identifier_value = mailbox then 0 else 1 end) = 1
            )
    ),

    extended as (
        select *
        from identifiers
        union all
        select
            mailboxes.record_id,
            mailboxes.source,
            'mailbox_and_name',
            concat(mailboxes.mailbox, '/', mailboxes.name_key),
            mailboxes.name_key,
            mailboxes.known_from_date,
            false
        from mailboxes
        inner join several_peoples using (mailbox)
        union all
        select
            concat('email_hash/', email_sha256),
            'social',
            'email',
            email,
            '',
            cast(null as date),
            false
        from hashes
        union all
        select
            concat('email_hash/', email_sha256),
            'social',
            'email_hash',
            email_sha256,
            '',
            cast(null as date),
            false
        from hashes
        union all
        select
            concat('email_hash/', handles.email_sha256),
            'social',
            'social',
            concat(handles.network, '/', handles.handle),
            '',
            cast(null as date),
            false
        from handles
        inner join hashes using (email_sha256)
    )

select
    record_id,
    source,
    identifier_type,
    identifier_value,
    concat(identifier_type, ':', identifier_value) as identifier,
    name_key,
    known_from_date,
    is_account
from extended
