-- Grain: one row per source, address and kind of opt-out at an email service,
-- whenever it
-- came: an opt-out after the night's midnight still counts before the mail goes out.
-- Two spellings of one address are one, and the last no of both counts.
with
    opt_outs as (
        {{
            union_vendors(
                {
                    "sendgrid": "stg_sendgrid__opt_outs",
                    "klaviyo": "stg_klaviyo__opt_outs",
                    "mailchimp": "stg_mailchimp__opt_outs",
                    "webhook": "stg_webhook__opt_outs",
                    "generic": "stg_generic__email_opt_outs",
                },
                {
                    "email": "string",
                    "event_name": "string",
                    "is_hard_bounce": "boolean",
                    "event_at": timestamp_type(),
                },
            )
        }}
    )

select source, email, event_name, is_hard_bounce, max(event_at) as event_at
from opt_outs
group by source, email, event_name, is_hard_bounce
