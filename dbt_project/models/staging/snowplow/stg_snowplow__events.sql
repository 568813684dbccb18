-- Grain: one row per delivered row; an event that came twice stands here twice.
{% set action = "unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1" %}
{% set search = "unstruct_event_com_snowplowanalytics_snowplow_site_search_1" %}
{% set form = "unstruct_event_com_snowplowanalytics_snowplow_submit_form_1" %}
{% set consent = (
    "unstruct_event_com_snowplowanalytics_snowplow_consent_preferences_1"
) %}
{% set transaction = (
    "contexts_com_snowplowanalytics_snowplow_ecommerce_transaction_1"
) %}
{% set product = "contexts_com_snowplowanalytics_snowplow_ecommerce_product_1" %}
{% set player = "contexts_com_snowplowanalytics_snowplow_media_player_2" %}
{% set agent = "contexts_nl_basjes_yauaa_context_1" %}
{% set header = "contexts_org_ietf_http_header_1" %}
with
    parsed as (
        select
            'snowplow/' || trim(event_id) as event_id,
            coalesce(
                {{ read_text("domain_userid") }},
                {{ read_text("network_userid") }},
                'user/' || {{ read_text("user_id") }}
            ) as device_id,
            {{ read_text("user_id") }} as web_user_id,
            {{ read_text("domain_sessionid") }} as session_id,
            -- one name stands for all steps of the shop, and for all structured events
            lower(
                case
                    when {{ json_text(action, "$.type") }} is not null
                    then trim(event_name) || '/' || {{ json_text(action, "$.type") }}
                    when lower(trim(event_name)) = 'event'
                    then 'struct/' || coalesce({{ read_text("se_action") }}, '')
                    else trim(event_name)
                end
            ) as vendor_event_name,
            {{ read_text("page_url") }} as page_url,
            {{ read_text("page_referrer") }} as referrer_url,
            {{ json_text(search, "$.terms") }} as search_terms,
            {{ read_decimal("pp_yoffset_max") }} as scrolled_pixels,
            {{ read_decimal("br_viewheight") }} as window_pixels,
            {{ read_decimal("doc_height") }} as page_pixels,
            coalesce(
                {{ json_text(form, "$.formId") }}, {{ json_text(form, "$.form_id") }}
            ) as form_name,
            {{ json_text(player, "$[0].label") }} as video_title,
            {{ read_text("mkt_source") }} as utm_source,
            {{ read_text("mkt_medium") }} as utm_medium,
            {{ read_text("mkt_campaign") }} as utm_campaign,
            {{ read_text("mkt_content") }} as utm_content,
            {{ read_text("mkt_term") }} as utm_term,
            {{ json_text(agent, "$[0].deviceClass") }} as device_category,
            {{ json_text(agent, "$[0].agentName") }} as browser,
            {{ read_text("useragent") }} as user_agent,
            {{ read_text("geo_city") }} as city,
            coalesce(
                {{ read_text("geo_region_name") }}, {{ read_text("geo_region") }}
            ) as region,
            {{ read_text("geo_country") }} as country_name,
            coalesce(
                {{ read_told(json_text(transaction, "$[0].transaction_id")) }},
                {{ read_told("tr_orderid") }}
            ) as order_reference,
            case
                when
                    {{
                        matches(
                            "replace(lower(" ~ header ~ "), ' ', '')",
                            '"name":"sec-gpc","value":"1"',
                        )
                    }}
                then true
            end as has_gpc,
            {{ product }} as items,
            {{ consent }} as consent_preferences,
            coalesce(
                {{ read_utc_time("derived_tstamp") }},
                {{ read_utc_time("collector_tstamp") }}
            ) as event_at,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number
        from {{ readable_rows("snowplow", "events") }}
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
    -- a JSON list of words
    replace(
        replace(replace(search_terms, '["', ''), '"]', ''), '","', ' '
    ) as search_term,
    case
        when page_pixels > 0 and scrolled_pixels + window_pixels is not null
        then
            cast(
                floor(
                    least(100, 100 * (scrolled_pixels + window_pixels) / page_pixels)
                ) as integer
            )
    end as scroll_percent,
    form_name,
    video_title,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term,
    case
        when parsed.vendor_event_name = 'page_ping'
        then {{ var("snowplow_heartbeat_seconds") }} * 1000
    end as engaged_milliseconds,
    device_category,
    browser,
    user_agent,
    city,
    region,
    country_name,
    order_reference,
    has_gpc,
    items,
    consent_preferences,
    event_at,
    export_date,
    file_id,
    row_number
from parsed
left join
    {{ ref("web_event_names") }} as vocabulary
    on vocabulary.source = 'snowplow'
    and vocabulary.vendor_event_name = parsed.vendor_event_name
