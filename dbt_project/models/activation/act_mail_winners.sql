-- Grain: one row per person who gets a mail tonight: the first by priority that no
-- contact rule holds back. Here the mail gets its id, a keyed hash of the night, the
-- person, the segment and the variant.
with
    ranked as (
        select
            candidates.*,
            'default' as variant,
            row_number() over (
                partition by candidates.profile_id
                order by
                    candidates.priority nulls last,
                    candidates.list_place nulls last,
                    candidates.segment nulls last
            ) as place
        from {{ ref("act_mail_candidates") }} as candidates
        left join {{ ref("act_mails_held") }} as held using (membership_id)
        where held.membership_id is null
    )

select
    ranked.membership_id,
    ranked.profile_id,
    ranked.segment,
    ranked.kind,
    ranked.channel,
    ranked.template,
    ranked.variant,
    ranked.send_at,
    substr(
        {{
            sha256(
                "concat_ws('|', tonight.message_key, cast(tonight.as_of_date as string), "
                "ranked.profile_id, ranked.segment, ranked.variant)"
            )
        }},
        1,
        32
    ) as message_id
from ranked
cross join {{ ref("run_context") }} as tonight
where ranked.place = 1
