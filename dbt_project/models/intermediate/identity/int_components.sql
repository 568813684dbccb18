-- Grain: one row per identifier, with the connected part of the graph that it is in.
-- Every identifier takes over the smallest hash that it can reach. Hashes, because in
-- a random order few are passed on: a chain of n costs n log n rows, where a sorted one
-- costs n squared. The part is named by its first identifier in the trusted order of
-- types (seeds/reference/identifier_types.csv), so that row order plays no part in it.
with
    identifiers as (
        select
            identifier,
            identifier_type,
            identifier_value,
            concat(types.trust_rank, identifier) as rank_key,
            {{ graph_key("identifier") }} as hash_key
        from {{ ref("int_identifiers_trusted") }}
        inner join {{ ref("identifier_types") }} as types using (identifier_type)
    ),

    links as (
        select
            {{ graph_key("from_identifier") }} as from_hash,
            {{ graph_key("to_identifier") }} as to_hash
        from {{ ref("int_identifiers_linked") }}
    ),

    resolved as ({{ connected_parts("identifiers", "links") }}),

    parts as (
        select resolved.smallest, min(identifiers.rank_key) as first_key
        from resolved
        inner join identifiers using (hash_key)
        group by resolved.smallest
    )

select
    identifiers.identifier,
    identifiers.identifier_type,
    identifiers.identifier_value,
    -- without the rank before it
    substr(parts.first_key, 2) as component_id
from identifiers
inner join resolved using (hash_key)
inner join parts using (smallest)
