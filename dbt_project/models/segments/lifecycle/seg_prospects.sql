-- Who: people who have no order that stands.
-- Why: the email service tells prospects what we are; a purchase moves them on in
-- that same night.
-- Not: whoever has bought something and kept it (that is seg_customers); who has
-- refused personalisation.
select profile_id from {{ ref("lifecycle_stages") }} where not is_customer
