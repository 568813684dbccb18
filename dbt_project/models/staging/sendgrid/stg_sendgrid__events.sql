-- Grain: one row per event of one mail to one address; a repeated post stands once.
with
    parsed as (
        select
            trim(sg_event_id) as event_id,
            coalesce({{ read_text("sg_message_id") }}, trim(sg_event_id)) as message_id,
            {{ clean_email("email") }} as email,
            lower(trim(event)) as vendor_event_name,
            {{ read_text("template_id") }} as template_id,
            {{ read_text("campaign") }} as campaign,
            {{ read_text("url") }} as link_url,
            lower({{ read_text("type") }}) as bounce_type,
            coalesce({{ read_boolean("sg_machine_open") }}, false) as is_machine,
            {{ read_epoch_seconds('"timestamp"') }} as event_at,
            _export_date as export_date,
            _source_file as source_file,
            {{ row_content("sendgrid", "events") }} as row_content
        from {{ readable_rows("sendgrid", "events") }}
    ),

    first_delivery as (
        select
            *,
            row_number() over (
                partition by event_id
                order by
                    event_at nulls last,
                    export_date nulls last,
                    source_file nulls last,
                    row_content nulls last
            ) as delivery
        from parsed
    )

select
    event_id,
    message_id,
    email,
    coalesce(vocabulary.event_name, 'other') as event_name,
    first_delivery.vendor_event_name,
    template_id,
    campaign,
    link_url,
    -- no `type` is an old webhook without the distinction: take the bounce as hard
    first_delivery.vendor_event_name = 'bounce'
    and coalesce(bounce_type, 'bounce') = 'bounce' as is_hard_bounce,
    is_machine,
    event_at,
    export_date
from first_delivery
left join
    {{ ref("email_event_names") }} as vocabulary
    on vocabulary.source = 'sendgrid'
    and vocabulary.vendor_event_name = first_delivery.vendor_event_name
where delivery = 1
