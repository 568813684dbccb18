-- Grain: one row per channel, source, event name and problem: events that nobody
-- mapped to a word of ours, mapped ones that lack a field which their word requires,
-- and those of visitors without an id, who have not agreed to cookies: nobody's.
with
    fields as (select * from {{ ref("int_event_fields_counted") }}),

    mapped_names as (
        select 'web' as channel, source, vendor_event_name
        from {{ ref("web_event_names") }}
        union all
        select 'email' as channel, source, vendor_event_name
        from {{ ref("email_event_names") }}
    ),

    totals as (
        select channel, source, sum(event_count) as source_event_count
        from fields
        where field = 'event_name'
        group by channel, source
    ),

    problems as (
        select
            fields.channel,
            fields.source,
            fields.vendor_event_name,
            fields.event_name,
            'unmapped' as problem,
            fields.event_count,
            fields.first_seen_at,
            fields.last_seen_at
        from fields
        left join
            mapped_names
            on mapped_names.channel = fields.channel
            and mapped_names.source = fields.source
            and mapped_names.vendor_event_name = fields.vendor_event_name
        where fields.field = 'event_name' and mapped_names.vendor_event_name is null
        union all
        select
            fields.channel,
            fields.source,
            fields.vendor_event_name,
            fields.event_name,
            concat(fields.field, ' is missing') as problem,
            fields.event_count,
            fields.first_seen_at,
            fields.last_seen_at
        from fields
        inner join
            {{ ref("event_vocabulary") }} as vocabulary
            on vocabulary.channel = fields.channel
            and vocabulary.event_name = fields.event_name
            and concat(';', vocabulary.required_fields, ';')
            like concat('%;', fields.field, ';%')
        union all
        select
            channel,
            source,
            vendor_event_name,
            event_name,
            'no visitor id' as problem,
            event_count,
            first_seen_at,
            last_seen_at
        from fields
        where field = 'device_id'
    )

select
    problems.channel,
    problems.source,
    problems.vendor_event_name,
    problems.event_name,
    problems.problem,
    cast(problems.event_count as bigint) as event_count,
    cast(
        round((problems.event_count / totals.source_event_count) * 1e6)
        / 1e6 as decimal(9, 6)
    ) as event_share,
    problems.first_seen_at,
    problems.last_seen_at
from problems
inner join
    totals on totals.channel = problems.channel and totals.source = problems.source
