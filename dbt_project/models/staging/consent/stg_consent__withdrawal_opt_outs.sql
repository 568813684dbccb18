-- Grain: one row per withdrawal beside the ledger and contact point that it is about,
-- whatever else its row says.
with
    told as (
        select
            'unsubscribe' as event,
            subject as address,
            cast(null as string) as bounce_type,
            cast(null as string) as reason,
            {{ read_instant("event_time") }} as said_at,
            {{ lineage() }}
        from {{ canonical_rows("consent", "withdrawals") }}
    )

    {{ mail_opt_outs("generic", "told", "withdrawals") }}
