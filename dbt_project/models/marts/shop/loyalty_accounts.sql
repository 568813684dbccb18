-- Grain: one row per loyalty account, with its person: whoever its address or customer
-- number leads to.
with
    movements as (
        select
            source,
            loyalty_id,
            max(moved_at) as last_movement_at,
            max(case when kind = 'redeem' then moved_at end) as last_redeemed_at,
            sum(
                case
                    when kind = 'earn' and moved_at >= {{ days_before(365) }}
                    then points
                    else 0
                end
            ) as earned_points,
            sum(
                case
                    when kind = 'redeem' and moved_at >= {{ days_before(365) }}
                    then - points
                    else 0
                end
            ) as redeemed_points
        from {{ ref("int_loyalty_movements_unioned") }}
        group by source, loyalty_id
    )

select
    concat(accounts.source, '/', accounts.loyalty_id) as loyalty_account_id,
    identities.profile_id,
    accounts.source,
    accounts.loyalty_id,
    accounts.tier,
    accounts.points_balance,
    cast(coalesce(movements.earned_points, 0) as bigint) as points_earned_in_365_days,
    cast(
        coalesce(movements.redeemed_points, 0) as bigint
    ) as points_redeemed_in_365_days,
    accounts.joined_at,
    movements.last_movement_at,
    movements.last_redeemed_at
from {{ ref("int_loyalty_accounts_unioned") }} as accounts
left join
    {{ ref("int_identities_resolved") }} as identities
    on identities.identifier
    = concat('loyalty:', accounts.source, '/', accounts.loyalty_id)
left join
    movements
    on movements.source = accounts.source
    and movements.loyalty_id = accounts.loyalty_id
