-- Grain: one row per order number, as the website writes it, that is some order's: of
-- the web shop rather than of others. Equal keys decide; where one side has letters
-- around the number and the other has not, the only order with that number does.
with
    named as (
        select distinct order_reference
        from {{ ref("int_web_events_unioned") }}
        where order_reference is not null
    ),

    references_keyed as (
        select order_reference, {{ order_number_key("order_reference") }} as order_key
        from named
    ),

    orders_keyed as (
        select
            order_id,
            case
                when source = '{{ var("web_user_ids_are_customers_of") }}' then 0 else 1
            end as distance,
            {{ order_number_key("order_number") }} as order_key
        from {{ ref("int_orders_attributed") }}
        where not is_credit_note
    ),

    orders_bare as (
        select
            *,
            {{ bare_order_number("order_key") }} as bare_key,
            count(*) over (
                partition by {{ bare_order_number("order_key") }}, distance
            ) as namesakes
        from orders_keyed
    ),

    references_bare as (
        select *, {{ bare_order_number("order_key") }} as bare_key from references_keyed
    ),

    candidates as (
        select names.order_reference, orders.order_id, 0 as doubt, orders.distance
        from references_bare as names
        inner join orders_bare as orders on orders.order_key = names.order_key
        union all
        select names.order_reference, orders.order_id, 1 as doubt, orders.distance
        from references_bare as names
        inner join orders_bare as orders on orders.bare_key = names.bare_key
        where
            orders.namesakes = 1
            and names.bare_key <> ''
            and (names.order_key = names.bare_key or orders.order_key = orders.bare_key)
    ),

    ranked as (
        select
            order_reference,
            order_id,
            row_number() over (
                partition by order_reference
                order by doubt nulls last, distance nulls last, order_id nulls last
            ) as choice
        from candidates
    )

select order_reference, order_id
from ranked
where choice = 1
