-- Who: people who left something in the cart and have not touched it for over 24 hours.
-- Why: a reminder with what they left brings the most orders per mail.
-- Not: carts that were emptied or ordered, or that nobody touched for 30 days; who has
-- refused personalisation.
select profile_id
from {{ ref("carts") }} as carts
where
    cart_status = 'open'
    and last_changed_at < {{ hours_before(24) }}
    and not exists (
        select 1
        from {{ ref("personalisation_refusals") }} as refusals
        where refusals.profile_id = carts.profile_id
    )
