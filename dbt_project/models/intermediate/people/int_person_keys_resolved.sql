-- Grain: one row per name that another system may know a person by: an address, or a
-- record as `<source>/<record_key>`. A name of several people is nobody's.
select identifier_value as person_key, min(profile_id) as profile_id
from {{ ref("int_identities_resolved") }}
where identifier_type in ('email', 'crm', 'customer')
group by identifier_value
having count(distinct profile_id) = 1
