-- Each record that the truth knows and the published night has, with the true person and
-- the profile that it was given. A record that carries nothing by which anybody could know
-- whose it is (a till sale, a device that nobody logged in on) is not asked about; an
-- address of several people is no one's record.
create temporary table judged_records as
with
    true_records as (
        select source, record_key, min(person_id) as person_id
        from truth_records
        where person_id is not null
        group by source, record_key
        having count(distinct person_id) = 1
    ),

    named as (
        select
            records.source,
            records.person_id,
            case
                records.source
                when 'hubspot'
                then 'crm:hubspot/' || record_key
                when 'shopify_customer'
                then 'customer:shopify/' || record_key
                when 'email'
                then 'email:' || coalesce(emails.email, record_key)
                when 'ga4_device'
                then 'device:' || record_key
                else 'order:shopify/' || record_key
            end as record_id
        from true_records as records
        left join
            night.cleaned.emails as emails
            on records.source = 'email'
            and emails.email_text = records.record_key
    ),

    given as (
        select identifier_key as record_id, profile_id from night.marts.profile_identifiers
        union all
        select 'order:' || orders.order_id, orders.profile_id
        from night.marts.orders as orders
        where
            orders.source = 'shopify'
            and exists (
                select 1
                from night.intermediate.int_identifiers_unioned as unioned
                where
                    unioned.record_id
                    = orders.source || '/order/' || orders.order_number
            )
    )

select
    named.source,
    named.record_id,
    min(named.person_id) as person_id,
    -- whom nobody was found for is one of their own
    coalesce(min(given.profile_id), named.record_id) as profile_id
from named
inner join given using (record_id)
group by named.source, named.record_id
having count(distinct named.person_id) = 1
