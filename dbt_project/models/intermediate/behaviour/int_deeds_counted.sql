-- Grain: one row per person who may be profiled, deed, business day and day since when
-- it is known: additive, and immutable once known. Orders count as they were billed:
-- what was given back became known later. Machines' openings and clicks are left out.
with
    -- the minutes of a visit: each lies in one business day, and there are far fewer of
    -- them than of events
    minutes as (
        select distinct
            profile_id,
            session_id,
            export_date,
            date_trunc('minute', event_at) as event_at
        from {{ ref("int_web_events_attributed") }}
        where profile_id is not null
    ),

    deeds as (
        select
            profile_id,
            source,
            'order' as deed,
            {{ utc_to_local("ordered_at", var("business_time_zone")) }} as done_at,
            known_from_date as export_date,
            order_id as deed_key,
            coalesce(total_amount, 0) as amount
        from {{ ref("int_orders_attributed") }}
        where not is_credit_note and (is_purchase or is_cancelled)
        union all
        select
            identities.profile_id,
            events.source,
            case when events.event_name = 'delivered' then 'mail' else event_name end,
            {{ utc_to_local("events.event_at", var("business_time_zone")) }},
            events.export_date,
            events.message_id,
            0
        from {{ ref("int_email_events_unioned") }} as events
        inner join
            {{ ref("int_identities_resolved") }} as identities
            on identities.identifier = concat('email:', events.email)
        where
            events.event_name = 'delivered'
            or (events.event_name in ('open', 'click') and not events.is_machine)
        union all
        select
            profile_id,
            'web',
            'session',
            {{ utc_to_local("event_at", var("business_time_zone")) }},
            export_date,
            session_id,
            0
        from minutes
        union all
        select
            profile_id,
            'web',
            case when event_name = 'add_to_cart' then 'cart_add' else event_name end,
            {{ utc_to_local("event_at", var("business_time_zone")) }},
            export_date,
            event_id,
            0
        from {{ ref("int_web_events_attributed") }}
        where event_name in ('product_view', 'add_to_cart')
    ),

    counted as (
        select
            profile_id,
            source,
            deed,
            cast(done_at as date) as deed_date,
            export_date,
            count(distinct deed_key) as deed_count,
            cast(sum(amount) as decimal(18, 2)) as amount
        from deeds
        where profile_id is not null
        group by profile_id, source, deed, cast(done_at as date), export_date
    ),

    dated as (
        select
            profile_id,
            deed,
            deed_date,
            {{ known_since("export_date", "deed_date", "source") }} as known_date,
            deed_count,
            amount
        from counted
        where {{ may_be_profiled("counted.profile_id") }}
    )

select
    profile_id,
    deed,
    deed_date,
    known_date,
    sum(deed_count) as deed_count,
    cast(sum(amount) as decimal(18, 2)) as amount
from dated
group by profile_id, deed, deed_date, known_date
