-- Grain: one row per ledger row that its contract rejects and that is no grant, and
-- contact point that it names. We do not know when or for what it was.
with
    unreadable as (
        select subject as named, {{ lineage() }}
        from {{ canonical_rows("consent", "ledger") }}
        where
            ({{ rejection_reason("consent", "ledger") }}) is not null
            and coalesce(lower(trim(status)), '') <> 'granted'
    )

    {{ unreadable_opt_outs("unreadable", "ledger") }}
