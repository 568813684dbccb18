-- Grain: one row per remembered mail and person who has it now: who still goes by the
-- id that it was sent to, into whom that id has gone over, who was split off from it
-- since, and whoever has its address. Two people who merged have the mails of both;
-- after a split both halves have them all.
with
    mails as (select * from {{ ref("stg_nightpost__sends") }}),

    people as (select distinct profile_id from {{ ref("int_identities_resolved") }}),

    mailboxes as (
        select substr({{ sha256("identifier") }}, 1, 32) as address_key, profile_id
        from {{ ref("int_identities_resolved") }}
        where identifier like 'email:%'
    ),

    had_by as (
        select message_id, profile_id
        from mails
        union
        select mails.message_id, aliases.profile_id
        from mails
        inner join
            {{ ref("stg_people__aliases") }} as aliases
            on aliases.old_profile_id = mails.profile_id
        union
        select mails.message_id, successions.profile_id
        from mails
        inner join
            {{ ref("stg_people__successions") }} as successions
            on successions.former_profile_id = mails.profile_id
            and successions.night > mails.night
        union
        select mails.message_id, mailboxes.profile_id
        from mails
        inner join mailboxes using (address_key)
    )

select
    mails.message_id,
    people.profile_id,
    mails.night,
    mails.address_key,
    mails.segment,
    mails.kind,
    mails.channel,
    mails.template,
    mails.template_sha256,
    mails.variant,
    mails.send_at
from had_by
inner join people using (profile_id)
inner join mails using (message_id)
