-- Grain: one row per record and identifier that it carries. A record is whatever one
-- system says of one person: a contact, an account, an order, a loyalty card, a device,
-- an address. An identifier is `<type>:<value>`, comparable over all sources. Of each
-- record it is said since when it is known, and whether it is an account: whether its
-- own id stands for one person.
with
    identifiers as (
        {% for records in [
            ref("int_contacts_identified"),
            ref("int_orders_identified"),
            ref("int_loyalty_accounts_identified"),
            ref("int_devices_identified"),
            ref("int_addresses_identified"),
        ] %}
            select
                record_id,
                source,
                identifier_type,
                identifier_value,
                name_key,
                known_from_date,
                is_account
            from {{ records }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    -- an account on a social network is somebody's where one address was behind it
    handles as (
        select network, handle, max(email_sha256) as email_sha256
        from {{ ref("int_social_engagements_unioned") }}
        where handle is not null and email_sha256 is not null
        group by network, handle
        having count(distinct email_sha256) = 1
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
