-- Grain: one row per contact and one that was merged into it.
{{
    merged_records(
        listed_in_cell("generic", "contacts", "contact_id", "merged_contact_ids")
    )
}}
