-- Grain: one row per event that says no, a hard bounce included, and contact point that
-- it is about.
with
    told as (
        select
            event as event,
            email as address,
            type as bounce_type,
            reason as reason,
            {{ read_epoch_seconds('"timestamp"') }} as said_at,
            {{ lineage() }}
        from {{ canonical_rows("sendgrid", "events") }}
    )

    {{ mail_opt_outs("sendgrid", "told", "events") }}
