-- Grain: one row per channel, source, event name and field that may be missing: how
-- often it is. The field `event_name` stands for the events themselves.
{% set fields = {
    "web": [
        "device_id",
        "page_url",
        "sku",
        "search_term",
        "scroll_percent",
        "engaged_milliseconds",
        "video_title",
        "form_name",
        "web_user_id",
        "order_reference",
    ],
    "email": ["message_id", "template_id", "link_url"],
} %}
with
    products as (
        select event_id, max(sku) as sku
        from {{ ref("int_web_event_items_unioned") }}
        group by event_id
    ),

    web as (
        select events.*, products.sku
        from {{ ref("int_web_events_unioned") }} as events
        left join products using (event_id)
    ),

    email as (select * from {{ ref("int_email_events_unioned") }}),

    {% for channel, names in fields.items() %}
        {{ channel }}_counted as (
            select
                source,
                coalesce(vendor_event_name, '') as vendor_event_name,
                event_name,
                count(*) as event_count,
                min(event_at) as first_seen_at,
                max(event_at) as last_seen_at
                {%- for name in names %}
                    ,
                    count({{ name }}) as {{ name }}_count,
                    min(
                        case when {{ name }} is null then event_at end
                    ) as {{ name }}_first_at,
                    max(
                        case when {{ name }} is null then event_at end
                    ) as {{ name }}_last_at
                {%- endfor %}
            from {{ channel }}
            group by source, coalesce(vendor_event_name, ''), event_name
        )
        {{- "," if not loop.last }}
    {% endfor %}

{% for channel, names in fields.items() %}
    select
        '{{ channel }}' as channel,
        source,
        vendor_event_name,
        event_name,
        'event_name' as field,
        event_count,
        first_seen_at,
        last_seen_at
    from {{ channel }}_counted
    {% for name in names %}
        union all
        select
            '{{ channel }}' as channel,
            source,
            vendor_event_name,
            event_name,
            '{{ name }}' as field,
            event_count - {{ name }}_count as event_count,
            {{ name }}_first_at as first_seen_at,
            {{ name }}_last_at as last_seen_at
        from {{ channel }}_counted
        where event_count > {{ name }}_count
        {% endfor %} {{ "union all" if not loop.last }}
{% endfor %}
