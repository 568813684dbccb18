-- Grain: one row per row of a loaded file that its contract cannot read, with the
-- reason.
{{ rejected_rows("consent", "withdrawals") }}
