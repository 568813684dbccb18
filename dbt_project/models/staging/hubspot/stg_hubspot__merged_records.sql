-- Grain: one row per contact and one that was merged into it.
{{
    merged_records(
        listed_in_cell("hubspot", "contacts", '"Record ID"', '"Merged record IDs"')
    )
}}
