-- Grain: one row per delivered row that counts; a hit that came twice stands here
-- twice. A hit may carry several events; the one that means most names it.
with
    hits as (
        select
            *,
            {{ read_text("post_visid_high") }}
            || '_'
            || {{ read_text("post_visid_low") }} as visitor_id
        from {{ readable_rows("adobe", "hits") }}
        where
            -- hits that Adobe leaves out of its own reports, and data sources that
            -- are no visits
            coalesce({{ read_integer("exclude_hit") }}, 0) = 0
            and coalesce({{ read_integer("hit_source") }}, 0) not in (5, 7, 8, 9)
    ),

    parsed as (
        select
            'adobe/' || trim(hitid_high) || '_' || trim(hitid_low) as event_id,
            coalesce(
                visitor_id, 'user/' || {{ read_text("post_cust_visid") }}
            ) as device_id,
            {{ read_text("post_cust_visid") }} as web_user_id,
            visitor_id
            || '/'
            || coalesce({{ read_text("visit_num") }}, '')
            || '-'
            || {{ read_text("visit_start_time_gmt") }} as session_id,
            case
                {% for event in [1, 13, 12, 11, 14, 10, 2] %}
                    when
                        {{
                            matches(
                                "post_event_list",
                                "(^|,)" ~ event ~ "(=[^,]*)?(,|$)",
                            )
                        }}
                    then 'event/{{ event }}'
                {% endfor %}
                else 'page_event/' || coalesce({{ read_text("post_page_event") }}, '0')
            end as vendor_event_name,
            {{ read_text("post_page_url") }} as page_url,
            {{ read_text("post_referrer") }} as referrer_url,
            {{ read_text("user_agent") }} as user_agent,
            {{ read_text("geo_city") }} as city,
            {{ read_text("geo_region") }} as region,
            {{ read_text("geo_country") }} as country_name,
            {{ read_told("post_purchaseid") }} as order_reference,
            post_product_list,
            {{ read_epoch_seconds("hit_time_gmt") }} as event_at,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number
        from hits
    )

select
    event_id,
    device_id,
    web_user_id,
    session_id,
    coalesce(vocabulary.event_name, 'other') as event_name,
    parsed.vendor_event_name,
    page_url,
    referrer_url,
    user_agent,
    city,
    region,
    country_name,
    order_reference,
    post_product_list,
    event_at,
    export_date,
    file_id,
    row_number
from parsed
left join
    {{ ref("web_event_names") }} as vocabulary
    on vocabulary.source = 'adobe'
    and vocabulary.vendor_event_name = parsed.vendor_event_name
