-- Grain: one row per contact and further address of it.
{{
    additional_addresses(
        listed_in_cell("generic", "contacts", "contact_id", "other_emails")
    )
}}
