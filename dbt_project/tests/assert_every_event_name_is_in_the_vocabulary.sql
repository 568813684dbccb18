-- A returned row is a word for an event that the vocabulary does not know.
with
    names as (
        select 'web' as channel, event_name
        from {{ ref("web_event_names") }}
        union all
        select 'email' as channel, event_name
        from {{ ref("email_event_names") }}
        union all
        select channel, event_name
        from {{ ref("int_event_fields_counted") }}
    )

select names.channel, names.event_name, count(*) as row_count
from names
left join
    {{ ref("event_vocabulary") }} as vocabulary
    on vocabulary.channel = names.channel
    and vocabulary.event_name = names.event_name
where vocabulary.event_name is null
group by names.channel, names.event_name
