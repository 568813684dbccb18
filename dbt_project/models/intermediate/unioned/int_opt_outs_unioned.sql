-- Grain: one row per statement of a source about being written to and contact point
-- that it is about: every no that was ever delivered, each yes of a record, and what a
-- row that nobody could load may say. The consent ledgers' own events stand in
-- `int_consents_unioned`.
with
    stated as (
        {{
            union_vendors(
                {
                    "hubspot": "stg_hubspot__opt_outs",
                    "salesforce": [
                        "stg_salesforce__contact_opt_outs",
                        "stg_salesforce__lead_opt_outs",
                    ],
                    "generic": [
                        "stg_generic__contact_opt_outs",
                        "stg_generic__email_opt_outs",
                    ],
                    "shopify": "stg_shopify__opt_outs",
                    "magento": "stg_magento__opt_outs",
                    "sendgrid": "stg_sendgrid__opt_outs",
                    "klaviyo": "stg_klaviyo__opt_outs",
                    "mailchimp": "stg_mailchimp__opt_outs",
                    "webhook": "stg_webhook__opt_outs",
                    "segment": "stg_segment__opt_outs",
                    "preferences": [
                        "stg_preferences__form_answer_opt_outs",
                        "stg_preferences__centre_opt_outs",
                    ],
                    "consent": [
                        "stg_consent__opt_outs",
                        "stg_consent__withdrawal_opt_outs",
                    ],
                    "cmp": "stg_cmp__opt_outs",
                },
                {
                    "table_name": "string",
                    "record_key": "string",
                    "kind": "string",
                    "is_refusal": "boolean",
                    "email": "string",
                    "phone": "string",
                    "said_at": timestamp_type(),
                    "export_date": "date",
                    "file_id": "string",
                    "row_number": "bigint",
                },
            )
        }}
        union all
        select
            records.source,
            records.table_name,
            records.record_key,
            records.kind,
            records.is_refusal,
            {{ judged("email") }} as email,
            {{ judged("phone") }} as phone,
            records.said_at,
            records.export_date,
            records.file_id,
            records.row_number
        from
            {{ ref("stg_nightpost__refused_opt_outs") }} as records
            {{ judgements("stg_nightpost__refused_opt_outs", ["email", "phone"]) }}
        union all
        -- an id in a row that names no address: of a record, …
        select
            cells.source,
            cells.table_name,
            cells.record_key,
            'unreadable_withdrawal' as kind,
            true as is_refusal,
            cast(null as string) as email,
            cast(null as string) as phone,
            cast(null as {{ timestamp_type() }}) as said_at,
            cells.export_date,
            cells.file_id,
            cells.row_number
        from {{ ref("stg_nightpost__refused_record_keys") }} as cells
        inner join
            {{ ref("int_contacts_unioned") }} as contacts
            on contacts.source = {{ record_source("cells.source") }}
            and contacts.record_key = cells.record_key
        union all
        -- … or of a recipient at a mail service, whatever address they had there
        select
            cells.source,
            cells.table_name,
            cast(null as string) as record_key,
            'unreadable_withdrawal' as kind,
            true as is_refusal,
            recipients.email,
            cast(null as string) as phone,
            cast(null as {{ timestamp_type() }}) as said_at,
            cells.export_date,
            cells.file_id,
            cells.row_number
        from {{ ref("stg_nightpost__refused_record_keys") }} as cells
        inner join
            (
                {{
                    union_vendors(
                        {"klaviyo": "stg_klaviyo__known_addresses"},
                        {"recipient_key": "string", "email": "string"},
                    )
                }}
            ) as recipients
            on recipients.source = cells.source
            and recipients.recipient_key = cells.record_key
        where recipients.email is not null
    )

-- two spellings of one address in one row are one
select distinct
    stated.*,
    -- a box is one, whatever tag stands behind it
    coalesce({{ mailbox("email") }}, phone, '') as contact
from stated
