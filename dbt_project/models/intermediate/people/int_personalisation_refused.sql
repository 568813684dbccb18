-- Grain: one row per person who has withdrawn from, or objected to, personalisation.
-- The newest decision per channel counts, over all addresses and phones of the person;
-- in the same second a no beats a yes. One channel's no is enough. A no to everything,
-- or to a purpose that nobody knows, is one to personalisation. Whoever never said a
-- word has refused nothing.
with
    -- a ledger's phone has no person yet: everybody who uses it is meant
    granted as (
        select
            coalesce(consents.profile_id, phones.profile_id) as profile_id,
            consents.channel,
            max(consents.event_at) as granted_at
        from {{ ref("int_consents_attributed") }} as consents
        left join
            {{ ref("int_phones_attributed") }} as phones
            on phones.phone
            = case when consents.profile_id is null then consents.phone end
        where consents.purpose = 'personalisation' and consents.status = 'granted'
        group by coalesce(consents.profile_id, phones.profile_id), consents.channel
    ),

    refused as (
        select profile_id, channel, max(event_at) as refused_at
        from
            (
                select profile_id, channel, refused_at as event_at
                from {{ ref("int_refusals_attributed") }}
                where
                    lifted_at is null
                    and (purpose = 'personalisation' or is_from_everything)
                union all
                -- and what a device of the person denied
                select profile_id, channel, event_at
                from {{ ref("int_consents_attributed") }}
                where
                    status <> 'granted'
                    and (purpose = 'personalisation' or is_from_everything)
            ) as noes
        group by profile_id, channel
    )

select refused.profile_id, max(refused.refused_at) as refused_at
from refused
left join granted using (profile_id, channel)
where
    refused.profile_id is not null
    and (
        granted.granted_at is null
        or {{ to_second("granted.granted_at") }}
        <= {{ to_second("refused.refused_at") }}
    )
group by refused.profile_id
