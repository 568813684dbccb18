-- Grain: one row per identifier: whose it is, and whether it may tie records together.
select
    resolved.identifier as identifier_key,
    resolved.profile_id,
    resolved.identifier_type,
    resolved.identifier_value,
    identifiers.record_count,
    identifiers.is_trusted
from {{ ref("int_identities_resolved") }} as resolved
inner join {{ ref("int_identifiers_trusted") }} as identifiers using (identifier)
