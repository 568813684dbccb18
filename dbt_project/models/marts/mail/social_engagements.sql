-- Grain: one row per engagement on a social network, with its person where one is
-- known. The hash of an address that we know decides; without a hash, the only hash
-- that this handle was ever seen with on this network. Two hashes are two people:
-- nobody's then.
with
    engagements as (select * from {{ ref("int_social_engagements_unioned") }}),

    addresses as (
        select {{ sha256("identifier_value") }} as email_sha256, profile_id
        from {{ ref("int_identities_resolved") }}
        where identifier_type = 'email'
    ),

    handles as (
        select network, handle, max(email_sha256) as email_sha256
        from engagements
        where handle is not null and email_sha256 is not null
        group by network, handle
        having count(distinct email_sha256) = 1
    )

select
    concat(engagements.source, '/', engagements.event_id) as engagement_id,
    addresses.profile_id,
    case
        when addresses.profile_id is null
        then null
        when engagements.email_sha256 is not null
        then 'email_hash'
        else 'handle'
    end as matched_by,
    engagements.network,
    engagements.handle,
    engagements.kind,
    engagements.content_id,
    engagements.engaged_at
from engagements
left join
    handles
    on handles.network = engagements.network
    and handles.handle = engagements.handle
left join
    addresses
    on addresses.email_sha256 = coalesce(engagements.email_sha256, handles.email_sha256)
