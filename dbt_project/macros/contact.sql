{# Contact rules are reckoned in whole seconds: an hour is 3,600 of them, whatever clocks
   and calendars do, and DuckDB's intervals have no part in it. #}
{% macro hours_after(instant, hours) -%}
    {{
        epoch_micros_to_utc(
            "("
            ~ seconds_between(
                "cast('1970-01-01 00:00:00' as " ~ timestamp_type() ~ ")", instant
            )
            ~ " + cast("
            ~ hours
            ~ " as bigint) * 3600) * 1000000"
        )
    }}
{%- endmacro %}

{# The second of the day at which a clock shows HH:MM. #}
{% macro second_of_clock(clock) -%}
    (
        cast(substr({{ clock }}, 1, 2) as bigint) * 3600
        + cast(substr({{ clock }}, 4, 2) as bigint) * 60
    )
{%- endmacro %}

{# The CTE `used_up`: which rule holds which person back, from which mails, and until when
   (null is for ever). `mails` names a CTE of what they were written. `any` is every kind
   but service, or every segment or template. A window is half-open: the rule is free again
   exactly `hours` after the mail that used it up. #}
{% macro used_up_rules(mails) -%}
    declared as (
        select distinct
            preferences.profile_id, frequencies.mail_count, frequencies.hours
        from {{ ref("preferences") }} as preferences
        inner join
            {{ ref("declared_frequencies") }} as frequencies
            on {{ matches_pattern("preferences.preference", "frequencies.preference") }}
            and {{
                matches_pattern(
                    "trim(lower(preferences.preference_value))",
                    "frequencies.frequency",
                )
            }}
    ),

    counted as (
        select
            mails.profile_id,
            'capped' as reason,
            caps.kind,
            mails.channel,
            caps.mail_count,
            caps.hours,
            mails.message_id,
            mails.send_at
        from {{ mails }} as mails
        inner join
            {{ ref("contact_caps") }} as caps
            on caps.channel = mails.channel
            and caps.kind in ('any', mails.kind)
        where mails.kind <> 'service'
        union all
        select
            mails.profile_id,
            'asked_for_less' as reason,
            'any' as kind,
            mails.channel,
            declared.mail_count,
            declared.hours,
            mails.message_id,
            mails.send_at
        from {{ mails }} as mails
        inner join declared using (profile_id)
        where mails.kind <> 'service' and mails.channel = 'email'
    ),

    -- of a rule that allows n mails the n-th newest says until when it is used up
    ranked as (
        select
            counted.*,
            row_number() over (
                partition by profile_id, reason, kind, channel, mail_count, hours
                order by send_at desc nulls last, message_id nulls last
            ) as newness
        from counted
    ),

    newest as (
        select profile_id, channel, segment, template, max(send_at) as last_send_at
        from {{ mails }}
        group by profile_id, channel, segment, template
    ),

    used_up as (
        select
            profile_id,
            reason,
            channel,
            kind,
            'any' as segment,
            'any' as template,
            {{ hours_after("send_at", "hours") }} as free_at
        from ranked
        where newness = mail_count
        union all
        select
            newest.profile_id,
            case when rules.is_once_only then 'had_it_once' else 'had_it_lately' end,
            newest.channel,
            'any_or_service' as kind,
            newest.segment,
            'any' as template,
            case
                when not rules.is_once_only
                then {{ hours_after("newest.last_send_at", "rules.gap_hours") }}
            end as free_at
        from newest
        inner join {{ ref("act_mail_rules") }} as rules using (segment)
        where rules.is_once_only or rules.gap_hours > 0
        union all
        select
            newest.profile_id,
            'had_it_lately' as reason,
            newest.channel,
            'any' as kind,
            'any' as segment,
            newest.template,
            {{ hours_after("newest.last_send_at", "gaps.gap_hours") }} as free_at
        from newest
        inner join
            (
                select distinct template, template_gap_hours as gap_hours
                from {{ ref("act_mail_rules") }}
            ) as gaps using (template)
        where gaps.gap_hours > 0
    )
{%- endmacro %}

{# Whether a rule that is used up holds this mail back. #}
{% macro is_held_by(rule, mail) -%}
    {{ rule }}.profile_id = {{ mail }}.profile_id
    and {{ rule }}.channel = {{ mail }}.channel
    and {{ rule }}.segment in ('any', {{ mail }}.segment)
    and {{ rule }}.template in ('any', {{ mail }}.template)
    and (
        {{ rule }}.kind in ({{ mail }}.kind, 'any_or_service')
        or ({{ rule }}.kind = 'any' and {{ mail }}.kind <> 'service')
    )
    and ({{ rule }}.free_at is null or {{ rule }}.free_at > {{ mail }}.send_at)
{%- endmacro %}

{# A moment, moved to the end of the quiet hours where it falls into them by the person's
   own clock; null where all day is quiet. `quiet_from_second` and `quiet_until_second`
   are seconds of the day, null without quiet hours. #}
{% macro out_of_quiet_hours(moment, rules) -%}
    {%- set local = utc_to_local_in(moment, rules ~ ".time_zone") -%}
    {%- set second = seconds_between(
        "cast(cast(" ~ local ~ " as date) as " ~ timestamp_type() ~ ")",
        local,
    ) -%}
    {%- set begins = rules ~ ".quiet_from_second" -%}
    {%- set ends = rules ~ ".quiet_until_second" -%}
    case
        when {{ begins }} is null
        then {{ moment }}
        when {{ begins }} = {{ ends }}
        then null
        -- the small hours of quiet hours that began the day before, or all within a day
        when
            {{ second }} < {{ ends }}
            and ({{ begins }} > {{ ends }} or {{ second }} >= {{ begins }})
        then
            {{
                moment_of_day(
                    "cast(" ~ local ~ " as date)", ends, rules ~ ".time_zone"
                )
            }}
        when {{ begins }} > {{ ends }} and {{ second }} >= {{ begins }}
        then
            {{
                moment_of_day(
                    "cast(" ~ local ~ " as date) + 1", ends, rules ~ ".time_zone"
                )
            }}
        else {{ moment }}
    end
{%- endmacro %}

{# The instant at which a clock in this time zone shows that second of that day. #}
{% macro moment_of_day(day, second, time_zone) -%}
    {{
        local_to_utc_in(
            "cast(" ~ day ~ " as timestamp) + " ~ second ~ " * interval '1' second",
            time_zone,
        )
    }}
{%- endmacro %}
