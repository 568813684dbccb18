-- Grain: one row per distinct text of a phone number and country beside it.
select phone_text, country_text, phone, phone is not null as is_valid, problem
from {{ source("cleaned", "phones") }}
