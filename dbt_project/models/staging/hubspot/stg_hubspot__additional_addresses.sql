-- Grain: one row per contact and further address of it.
{{
    additional_addresses(
        listed_in_cell(
            "hubspot", "contacts", '"Record ID"', '"Additional email addresses"'
        )
    )
}}
