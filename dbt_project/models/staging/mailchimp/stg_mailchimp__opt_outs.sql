-- Grain: one row per event that says no, a hard bounce included, and contact point that
-- it is about.
{% set tables = {
    "reports_email_activity": "action",
    "unsubscribes": unsubscribe_or_abuse("reason"),
    "abuse_reports": "'abuse'",
} %}

with
    {% for table, event in tables.items() %}
        {{ table }}_told as (
            select
                {{ event }} as event,
                email_address as address,
                {{ "type" if table == "reports_email_activity" else "null" }}
                as bounce_type,
                cast(null as string) as reason,
                {{
                    read_utc_time(
                        '"date"' if table == "abuse_reports" else '"timestamp"'
                    )
                }} as said_at,
                {{ lineage() }}
            from {{ canonical_rows("mailchimp", table) }}
        )
        {{ "," if not loop.last }}
    {% endfor %}

    {% for table in tables %}
        {{ mail_opt_outs("mailchimp", table ~ "_told", table) }}
        {{ "union all" if not loop.last }}
    {% endfor %}
