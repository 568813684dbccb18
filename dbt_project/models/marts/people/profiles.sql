-- Grain: one row per person known by more than a device. Of several addresses the one
-- with permission for marketing mail stands here, the newest consent first; without any
-- permission the alphabetically first. What no mail can reach never stands here.
with
    addresses as (
        select
            identifiers.profile_id,
            identifiers.identifier_value as email,
            emails.is_role,
            emails.is_disposable,
            row_number() over (
                partition by identifiers.profile_id
                order by
                    case
                        when consents.permission = 'granted' then 0 else 1
                    end nulls last,
                    consents.event_at desc nulls last,
                    identifiers.identifier_value nulls last
            ) as choice
        from {{ ref("profile_identifiers") }} as identifiers
        inner join
            {{ ref("int_emails_judged") }} as emails
            on emails.email = identifiers.identifier_value
        left join
            {{ ref("consents") }} as consents
            on consents.contact = identifiers.identifier_value
            and consents.channel = 'email'
            and consents.purpose = 'marketing'
        where identifiers.identifier_type = 'email'
    ),

    sign_ups as (
        select profile_id, min(event_at) as signed_up_at
        from {{ ref("web_events") }}
        where event_name = 'sign_up' and profile_id is not null
        group by profile_id
    )

select
    attributes.profile_id,
    addresses.email,
    coalesce(addresses.is_role, false) as is_role_email,
    coalesce(addresses.is_disposable, false) as is_disposable_email,
    attributes.phone,
    attributes.first_name,
    attributes.last_name,
    attributes.gender,
    attributes.language,
    attributes.city,
    attributes.region,
    attributes.postal_code,
    attributes.country_code,
    places.place_conflict,
    places.place_conflict is null as is_place_trusted,
    -- what people pay in there; not guessed where the place is not sure
    case when places.place_conflict is null then countries.currency end as currency,
    attributes.time_zone,
    attributes.crm_stage,
    attributes.birth_date,
    -- least() skips nulls
    least(attributes.created_at, sign_ups.signed_up_at) as signed_up_at
from {{ ref("int_attributes_merged") }} as attributes
left join
    addresses on addresses.profile_id = attributes.profile_id and addresses.choice = 1
left join
    {{ ref("int_places_checked") }} as places
    on places.profile_id = attributes.profile_id
left join
    {{ ref("country_defaults") }} as countries
    on countries.country_code = attributes.country_code
left join sign_ups on sign_ups.profile_id = attributes.profile_id
