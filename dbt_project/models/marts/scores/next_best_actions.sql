-- Grain: one row per person who may be profiled: the eligible action with the highest
-- expected value, the runner-up, and why. Expected value = the action's base rate
-- (seed) times the person's likelihood to answer times what is won: the cart, the
-- product, their usual order (else everybody's), or 1.00 for a contact that tells us
-- something. A tie goes to the first action of seeds/reference/actions.csv.
with
    everybody as (
        select
            cast(
                coalesce(
                    round(
                        (cast(sum(net_amount) as double) / nullif(count(net_amount), 0))
                        * 1e2
                    )
                    / 1e2,
                    0
                ) as decimal(18, 2)
            ) as usual_amount
        from {{ ref("orders") }}
        where is_kept and ordered_at >= {{ days_before(365) }}
    ),

    -- how much likelier than most a person answers a mail; propensities are foretold
    -- after the facts of the night, and stand beside this in their own mart
    likelihoods as (
        select
            profile_id,
            round((0.5 + coalesce(cast(engagement_score as double), 5.0) / 10) * 1e6)
            / 1e6 as likelihood
        from {{ ref("engagement_scores") }}
    ),

    people as (
        select
            facts.profile_id,
            facts.lifecycle_stage,
            facts.order_count,
            facts.loyalty_status,
            facts.loyalty_points,
            facts.preferences_json,
            facts.cart_value,
            case
                when
                    facts.is_last_viewed_available
                    and facts.last_viewed_at >= {{ days_before(30) }}
                then prices.price
            end as viewed_price,
            cast(
                coalesce(
                    round(
                        (
                            cast(activity.kept_amount as double)
                            / nullif(activity.converted_order_count, 0)
                        )
                        * 1e2
                    )
                    / 1e2,
                    everybody.usual_amount
                ) as decimal(18, 2)
            ) as usual_amount,
            likelihoods.likelihood
        from {{ ref("profile_facts") }} as facts
        inner join {{ ref("activity_facts") }} as activity using (profile_id)
        inner join likelihoods using (profile_id)
        cross join everybody
        left join
            {{ ref("product_prices") }} as prices
            on prices.sku = facts.last_viewed_sku
            and prices.currency = '{{ var("reporting_currency") }}'
    ),

    eligible as (
        select
            people.profile_id,
            actions.action_order,
            actions.action,
            actions.reason,
            round(
                (
                    cast(actions.base_rate as double)
                    * people.likelihood
                    * cast(
                        case
                            actions.value_of
                            when 'cart'
                            then people.cart_value
                            when 'viewed_product'
                            then people.viewed_price
                            when 'order'
                            then people.usual_amount
                            when 'contact'
                            then 1
                            else 0
                        end as double
                    )
                )
                * 1e6
            )
            / 1e6 as expected_value
        from people
        inner join
            {{ ref("actions") }} as actions
            on case
                actions.action
                when 'remind_of_cart'
                then people.cart_value > 0
                when 'show_viewed_product'
                then people.viewed_price is not null
                when 'invite_second_order'
                then people.lifecycle_stage = 'first_time_buyer'
                when 'recommend_complements'
                then people.lifecycle_stage in ('repeat_buyer', 'loyal', 'won_back')
                when 'win_back'
                then
                    people.order_count > 0
                    and people.lifecycle_stage in ('at_risk', 'lapsed', 'dormant')
                when 'spend_points'
                then people.loyalty_status = 'active' and people.loyalty_points > 0
                when 'invite_first_order'
                then people.order_count = 0
                when 'ask_preferences'
                then {{ var("use_preferences") }} and people.preferences_json is null
                when 'leave_alone'
                then true
                else false
            end
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by profile_id
                order by expected_value desc nulls last, action_order nulls last
            ) as place
        from eligible
    )

select
    best.profile_id,
    best.action,
    best.expected_value,
    best.reason,
    runners.action as runner_up,
    runners.expected_value as runner_up_value,
    runners.reason as runner_up_reason
from ranked as best
left join
    ranked as runners on runners.profile_id = best.profile_id and runners.place = 2
where best.place = 1
