-- Who: people with an order that stands.
-- Why: the email service greets customers otherwise than prospects.
-- Not: whoever cancelled or gave back all that they bought (that is seg_prospects); who
-- has refused personalisation.
select profile_id from {{ ref("lifecycle_stages") }} where is_customer
