-- Grain: one row per person who has withdrawn from, or objected to, personalisation.
-- The newest decision per channel counts, over all addresses and phones of the person;
-- in the same second a no beats a yes. One channel's no is enough. A no to everything,
-- or to a purpose that nobody knows, is one to personalisation. Whoever never said a
-- word has refused nothing.
with
    -- a ledger's phone has no person yet: everybody who uses it is meant
    phones as (
        select distinct profile_id, split_part(identifier_value, '/', 1) as phone
        from {{ ref("int_identities_resolved") }}
        where identifier_type = 'phone_and_name'
    ),

    decisions as (
        select
            coalesce(consents.profile_id, phones.profile_id) as profile_id,
            consents.channel,
            max(
                case when consents.status <> 'granted' then consents.event_at end
            ) as refused_at,
            max(
                case when consents.status = 'granted' then consents.event_at end
            ) as granted_at
        from {{ ref("int_consents_attributed") }} as consents
        left join
            phones
            on phones.phone
            = case when consents.profile_id is null then consents.phone end
        where consents.purpose = 'personalisation' or consents.is_from_everything
        group by coalesce(consents.profile_id, phones.profile_id), consents.channel
    )

select profile_id, max(refused_at) as refused_at
from decisions
where
    profile_id is not null
    and refused_at is not null
    and (granted_at is null or granted_at <= refused_at)
group by profile_id
