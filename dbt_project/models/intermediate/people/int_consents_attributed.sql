-- Grain: one row per consent event and address or phone that it is about, with its
-- person. What a person denied on their own device, or by its Global Privacy Control
-- signal, is a withdrawal from personalisation for every address and phone of theirs. A
-- device's yes is nobody's: it never stands here, and takes no withdrawal back.
with
    device_denials as (
        select
            denials.source,
            denials.event_id,
            denials.has_gpc_signal,
            denials.banner_version,
            denials.jurisdiction,
            denials.decided_at,
            devices.profile_id
        from {{ ref("int_device_consents_unioned") }} as denials
        inner join
            {{ ref("int_identities_resolved") }} as devices
            on devices.identifier = concat('device:', denials.device_id)
        where
            denials.purpose = 'personalisation'
            and (denials.status <> 'granted' or denials.has_gpc_signal)
    ),

    contact_points as (
        select
            profile_id,
            'email' as channel,
            identifier_value as email,
            cast(null as string) as phone
        from {{ ref("int_identities_resolved") }}
        where identifier_type = 'email'
        union
        -- the phone stands before the name
        select
            profile_id,
            'sms' as channel,
            cast(null as string) as email,
            split_part(identifier_value, '/', 1) as phone
        from {{ ref("int_identities_resolved") }}
        where identifier_type = 'phone_and_name'
    )

select
    consents.source,
    consents.event_id,
    identities.profile_id,
    consents.email,
    consents.phone,
    consents.channel,
    consents.purpose,
    consents.lawful_basis,
    consents.status,
    consents.is_from_everything,
    consents.consent_source,
    consents.policy_version,
    consents.jurisdiction,
    consents.double_opt_in_at,
    consents.event_at
from {{ ref("int_consents_unioned") }} as consents
left join
    {{ ref("int_identities_resolved") }} as identities
    on identities.identifier = concat('email:', consents.email)
union all
select
    device_denials.source,
    device_denials.event_id,
    device_denials.profile_id,
    contact_points.email,
    contact_points.phone,
    contact_points.channel,
    'personalisation' as purpose,
    null as lawful_basis,
    'withdrawn' as status,
    false as is_from_everything,
    case
        when device_denials.has_gpc_signal then 'gpc_signal' else 'cookie_banner'
    end as consent_source,
    device_denials.banner_version as policy_version,
    device_denials.jurisdiction,
    null as double_opt_in_at,
    device_denials.decided_at as event_at
from device_denials
inner join contact_points using (profile_id)
