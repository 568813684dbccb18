-- Grain: one row per identifier, with the connected part of the graph that it is in.
-- Every identifier takes over the smallest one that it can reach, in the trusted order
-- of types (seeds/reference/identifier_types.csv); that one names the part, so that
-- row order plays no part in it.
with recursive
    identifiers as (
        select
            identifier,
            identifier_type,
            identifier_value,
            concat(types.trust_rank, identifier) as rank_key
        from {{ ref("int_identifiers_trusted") }}
        inner join {{ ref("identifier_types") }} as types using (identifier_type)
    ),

    links as (
        select
            links.from_identifier,
            links.to_identifier,
            identifiers.rank_key as to_rank_key
        from {{ ref("int_identifiers_linked") }} as links
        inner join identifiers on identifiers.identifier = links.to_identifier
    ),

    reached as (
        select identifier, rank_key, rank_key as smallest
        from identifiers
        union
        -- only a smaller one is worth passing on
        select links.to_identifier, links.to_rank_key, reached.smallest
        from reached
        inner join links on links.from_identifier = reached.identifier
        where reached.smallest < links.to_rank_key
    ),

    resolved as (
        select identifier, min(smallest) as smallest from reached group by identifier
    )

select
    resolved.identifier,
    identifiers.identifier_type,
    identifiers.identifier_value,
    -- without the rank before it
    substr(resolved.smallest, 2) as component_id
from resolved
inner join identifiers using (identifier)
