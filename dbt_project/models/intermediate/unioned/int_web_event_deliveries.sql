-- Grain: one row per delivered row of a web event, repeats included. It looks at
-- nothing but the row itself and seeds, so that a file never has to be read twice.
-- A purchase of one order on one device is one event, however often its page was seen.
with
    all_deliveries as (
        {{
            union_vendors(
                {
                    "ga4": "stg_ga4__events",
                    "segment": "stg_segment__events",
                    "adobe": "stg_adobe__hits",
                    "snowplow": "stg_snowplow__events",
                    "generic": "stg_generic__web_events",
                },
                {
                    "event_id": "string",
                    "device_id": "string",
                    "web_user_id": "string",
                    "session_id": "string",
                    "event_name": "string",
                    "vendor_event_name": "string",
                    "page_url": "string",
                    "referrer_url": "string",
                    "search_term": "string",
                    "scroll_percent": "integer",
                    "form_name": "string",
                    "video_title": "string",
                    "utm_source": "string",
                    "utm_medium": "string",
                    "utm_campaign": "string",
                    "utm_content": "string",
                    "utm_term": "string",
                    "engaged_milliseconds": "bigint",
                    "device_category": "string",
                    "browser": "string",
                    "user_agent": "string",
                    "city": "string",
                    "region": "string",
                    "country_name": "string",
                    "order_reference": "string",
                    "has_gpc": "boolean",
                    "event_at": timestamp_type(),
                    "export_date": "date",
                    "file_id": "string",
                    "row_number": "bigint",
                },
                missing={
                    "ga4": ["user_agent", "has_gpc"],
                    "segment": [
                        "session_id",
                        "scroll_percent",
                        "engaged_milliseconds",
                        "browser",
                        "has_gpc",
                    ],
                    "adobe": [
                        "search_term",
                        "scroll_percent",
                        "form_name",
                        "video_title",
                        "utm_source",
                        "utm_medium",
                        "utm_campaign",
                        "utm_content",
                        "utm_term",
                        "engaged_milliseconds",
                        "device_category",
                        "browser",
                        "has_gpc",
                    ],
                    "generic": ["browser"],
                },
            )
        }}
    )

select
    all_deliveries.source,
    case
        when
            all_deliveries.event_name = 'purchase'
            and {{ order_number_key("all_deliveries.order_reference") }} is not null
        then
            coalesce(
                concat(
                    all_deliveries.source,
                    '/purchase/',
                    {{
                        sha256(
                            "all_deliveries.device_id || '|' || "
                            ~ order_number_key("all_deliveries.order_reference")
                        )
                    }}
                ),
                all_deliveries.event_id
            )
        else all_deliveries.event_id
    end as event_id,
    all_deliveries.device_id,
    all_deliveries.web_user_id,
    all_deliveries.session_id,
    all_deliveries.event_name,
    all_deliveries.vendor_event_name,
    all_deliveries.page_url,
    all_deliveries.referrer_url,
    all_deliveries.search_term,
    all_deliveries.scroll_percent,
    all_deliveries.form_name,
    all_deliveries.video_title,
    -- what the vendor tells wins; else what stands in the page's own address
    {% for part in ["source", "medium", "campaign", "content", "term"] %}
        coalesce(
            all_deliveries.utm_{{ part }},
            {{ url_parameter("all_deliveries.page_url", "utm_" ~ part) }}
        ) as utm_{{ part }},
    {% endfor %}
    all_deliveries.engaged_milliseconds,
    all_deliveries.device_category,
    all_deliveries.browser,
    all_deliveries.user_agent,
    all_deliveries.city,
    all_deliveries.region,
    coalesce(
        countries.country_code,
        case
            when {{ matches("all_deliveries.country_name", "^[A-Za-z]{2}$") }}
            then upper(all_deliveries.country_name)
        end
    ) as country_code,
    all_deliveries.order_reference,
    all_deliveries.has_gpc,
    all_deliveries.event_at,
    all_deliveries.export_date,
    all_deliveries.file_id,
    all_deliveries.row_number
from all_deliveries
left join
    {{ ref("countries") }} as countries
    on lower(countries.country_name) = lower(all_deliveries.country_name)
