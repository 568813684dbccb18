-- Grain: one row per person, channel, purpose and origin of a restriction: a no of the
-- person's own, by any address, phone or record of theirs, or of somebody who may be
-- the same person. A no travels over a possible
-- match in both directions, one step and no further; a yes never does.
with
    own as (
        select profile_id, channel, purpose, max(restricted_at) as restricted_at
        from
            (
                select profile_id, channel, purpose, refused_at as restricted_at
                from {{ ref("int_refusals_attributed") }}
                where
                    profile_id is not null
                    and lifted_at is null
                    and kind <> 'hard_bounce'
                union all
                -- and what a device of the person denied
                select profile_id, channel, purpose, last_withdrawn_at as restricted_at
                from {{ ref("consents") }}
                where profile_id is not null and last_withdrawn_at is not null
            ) as noes
        group by profile_id, channel, purpose
    ),

    matches as (
        select profile_id, other_profile_id
        from {{ ref("stg_people__possible_matches") }}
        union
        select other_profile_id, profile_id
        from {{ ref("stg_people__possible_matches") }}
    ),

    restrictions as (
        select
            profile_id,
            channel,
            purpose,
            'own' as origin,
            restricted_at,
            0 as match_count
        from own
        union all
        select
            matches.profile_id,
            own.channel,
            own.purpose,
            'possible_match' as origin,
            max(own.restricted_at) as restricted_at,
            count(*) as match_count
        from matches
        inner join own on own.profile_id = matches.other_profile_id
        where matches.profile_id <> matches.other_profile_id
        group by matches.profile_id, own.channel, own.purpose
    )

select
    concat(profile_id, '/', channel, '/', purpose, '/', origin) as restriction_id,
    profile_id,
    channel,
    purpose,
    origin,
    restricted_at,
    match_count
from restrictions
