-- Grain: one row per record and identifier that it carries. A record is whatever one
-- system says of one person: a contact, an account, an order, a loyalty card, a device,
-- an address.
-- An identifier is `<type>:<value>`, comparable over all sources.
with
    contacts as (
        select
            source,
            concat(source, '/', record_key) as record_id,
            record_key,
            email,
            phone,
            {{ name_key("concat(coalesce(first_name, ''), coalesce(last_name, ''))") }}
            as name_key
        from {{ ref("int_contacts_unioned") }}
    ),

    orders as (
        select
            source,
            concat(source, '/order/', order_id) as record_id,
            customer_key,
            email,
            phone,
            {{ name_key("billing_name") }} as name_key
        from {{ ref("int_orders_unioned") }}
    ),

    loyalty_accounts as (
        select
            source,
            concat(source, '/account/', loyalty_id) as record_id,
            loyalty_id,
            customer_key,
            email
        from {{ ref("int_loyalty_accounts_unioned") }}
    ),

    -- a device that several accounts log in on belongs to none of them
    devices as (
        select device_id, max(web_user_id) as web_user_id
        from {{ ref("int_web_events_unioned") }}
        where web_user_id is not null
        group by device_id
        having count(distinct web_user_id) = 1
    ),

    identifiers as (
        select
            record_id,
            source,
            {{ record_identifier_type("source") }} as identifier_type,
            concat(source, '/', record_key) as identifier_value,
            name_key
        from contacts
        union all
        select record_id, source, 'email', email, name_key
        from contacts
        where email is not null
        union all
        -- a phone is a household's; together with a name it is a person's
        select
            record_id, source, 'phone_and_name', concat(phone, '/', name_key), name_key
        from contacts
        where phone is not null and name_key <> ''
        union all
        select
            record_id,
            source,
            {{ record_identifier_type("source") }},
            concat(source, '/', customer_key),
            ''
        from orders
        where customer_key is not null
        union all
        select record_id, source, 'email', email, name_key
        from orders
        where email is not null
        union all
        select
            record_id, source, 'phone_and_name', concat(phone, '/', name_key), name_key
        from orders
        where phone is not null and name_key <> ''
        union all
        select record_id, source, 'loyalty', concat(source, '/', loyalty_id), ''
        from loyalty_accounts
        union all
        select record_id, source, 'email', email, ''
        from loyalty_accounts
        where email is not null
        union all
        select
            record_id,
            source,
            'customer',
            concat('{{ var("loyalty_customer_ids_are_of") }}/', customer_key),
            ''
        from loyalty_accounts
        where customer_key is not null
        union all
        select concat('device/', device_id), 'web', 'device', device_id, ''
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
            ''
        from devices
        union all
        select distinct concat('email/', email), source, 'email', email, ''
        from {{ ref("int_email_events_unioned") }}
        where email is not null
        union all
        select distinct concat('consent/', email), source, 'email', email, ''
        from {{ ref("int_consents_unioned") }}
        where email is not null
    )

select
    record_id,
    source,
    identifier_type,
    identifier_value,
    concat(identifier_type, ':', identifier_value) as identifier,
    name_key
from identifiers
