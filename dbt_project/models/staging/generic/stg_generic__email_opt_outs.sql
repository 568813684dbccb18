-- Grain: one row per event that says no, a hard bounce included, and contact point that
-- it is about.
with
    told as (
        select
            event as event,
            email as address,
            bounce_type as bounce_type,
            reason as reason,
            {{ read_instant("occurred_at") }} as said_at,
            {{ lineage() }}
        from {{ canonical_rows("generic", "email_events") }}
    )

    {{ mail_opt_outs("generic", "told", "email_events") }}
