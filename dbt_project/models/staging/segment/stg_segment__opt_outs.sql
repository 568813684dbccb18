-- Grain: one row per call that says no to mail, and contact point or shop account that
-- it is about. A call that names no address is about every address that its user or
-- device was ever identified with.
{% set flags = [
    "unsubscribed",
    "unsubscribedFromEmails",
    "unsubscribed_from_emails",
    "email_opt_out",
    "emailOptOut",
    "email_opted_out",
    "hasOptedOutOfEmail",
] %}
with
    calls as (
        select
            lower(trim("type")) as call_type,
            lower({{ trimmed('"event"') }}) as event,
            {{ read_text('"userId"') }} as user_id,
            {{ read_text('"anonymousId"') }} as anonymous_id,
            "traits" as traits,
            {{ json_text("context", "$.traits") }} as context_traits,
            {{ json_text("context", "$.messaging_subscriptions") }} as subscriptions,
            concat_ws(
                ';',
                {{ json_text("traits", "$.email") }},
                {{ json_text("context", "$.traits.email") }},
                {{ json_text("properties", "$.email") }}
            ) as address,
            {{ read_instant('"timestamp"') }} as said_at,
            {{ lineage() }}
        from {{ canonical_rows("segment", "events") }}
    ),

    told as (
        -- Spec: V2 Email Events
        select
            calls.*,
            case
                when event = 'email marked as spam' then 'complaint' else 'unsubscribe'
            end as kind
        from calls
        where
            call_type = 'track'
            and (
                event = 'email marked as spam'
                or contains(event, 'unsub')
                and not {{ matches("event", "sms|text|push|whatsapp") }}
            )
        union all
        -- what destinations of mail read in traits; unreadable is a no
        {%- for column in ["traits", "context_traits"] %}
            select calls.*, 'unsubscribe' as kind
            from calls
            where
                lower({{ json_text(column, "$.email_subscribe") }}) = 'unsubscribed'
                {%- for flag in flags %}
                    or not coalesce(
                        {{ read_boolean(json_text(column, "$." ~ flag)) }} = false,
                        {{ read_text(json_text(column, "$." ~ flag)) }} is null
                    )
                {%- endfor %}
                {{ "union all" if not loop.last }}
        {%- endfor %}
    ),

    subscriptions as (
        select *, {{ explode_json("subscriptions") }} as subscription
        from calls
        where subscriptions is not null
    ),

    -- of an address or phone by itself; DID_NOT_SUBSCRIBE never said yes
    unsubscribed as (
        select
            user_id,
            anonymous_id,
            {{ json_text("subscription", "$.key") }} as address,
            'unsubscribe' as kind,
            said_at,
            export_date,
            file_id,
            row_number
        from subscriptions
        where
            upper({{ json_text("subscription", "$.status") }}) = 'UNSUBSCRIBED'
            and coalesce(upper({{ json_text("subscription", "$.type") }}), 'EMAIL')
            = 'EMAIL'
    ),

    noes as (
        select
            user_id,
            anonymous_id,
            address,
            kind,
            said_at,
            export_date,
            file_id,
            row_number
        from told
        union all
        select *
        from unsubscribed
    ),

    known as (
        select user_id, cast(null as string) as anonymous_id, address
        from calls
        where user_id is not null and contains(address, '@')
        union
        select cast(null as string) as user_id, anonymous_id, address
        from calls
        where anonymous_id is not null and contains(address, '@')
    ),

    addressed as (
        select noes.*, noes.address as named
        from noes
        union all
        select noes.*, known.address as named
        from noes
        inner join known on known.user_id = noes.user_id
        where not contains(coalesce(noes.address, ''), '@')
        union all
        select noes.*, known.address as named
        from noes
        inner join known on known.anonymous_id = noes.anonymous_id
        where not contains(coalesce(noes.address, ''), '@')
    ),

    statements as (
        select
            user_id as record_key,
            kind,
            true as is_refusal,
            {{ contacts_in("named") }} as contacts,
            cast(null as string) as phone,
            said_at,
            export_date,
            file_id,
            row_number
        from addressed
    )

    {{ contacts_of("statements", "events") }}
