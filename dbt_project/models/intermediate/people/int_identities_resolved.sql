-- Grain: one row per identifier, with the person that it belongs to, as the ledger of
-- people says.
select
    components.identifier,
    components.identifier_type,
    components.identifier_value,
    people.profile_id
from {{ ref("int_components") }} as components
inner join {{ ref("stg_people__identifiers") }} as people using (identifier)
