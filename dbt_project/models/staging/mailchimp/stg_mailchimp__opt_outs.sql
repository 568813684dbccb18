-- Grain: one row per opt-out, complaint or hard bounce of an address, repeated rows
-- once.
with
    reported as (
        select email_address, action, type as bounce_type, "timestamp" as happened
        from {{ canonical_rows("mailchimp", "reports_email_activity") }}
        union all
        select
            email_address,
            {{ unsubscribe_or_abuse("reason") }} as action,
            null as bounce_type,
            "timestamp" as happened
        from {{ canonical_rows("mailchimp", "unsubscribes") }}
        union all
        select email_address, 'abuse' as action, null as bounce_type, "date" as happened
        from {{ canonical_rows("mailchimp", "abuse_reports") }}
    )

    {{
        email_opt_outs(
            "mailchimp",
            "reported",
            vendor_event_name="action",
            email="email_address",
            vendor_bounce_kind="bounce_type",
            event_at=read_utc_time("happened"),
        )
    }}
