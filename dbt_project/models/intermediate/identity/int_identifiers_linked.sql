-- Grain: one row per pair of identifiers that stand in one record, in both directions.
-- Within a record every trusted identifier is tied to its first one: a star, so that
-- the number of links grows with the records, not with their square.
with
    trusted as (
        select unioned.record_id, unioned.identifier
        from {{ ref("int_identifiers_unioned") }} as unioned
        inner join
            {{ ref("int_identifiers_trusted") }} as identifiers using (identifier)
        where identifiers.is_trusted
    ),

    hubs as (
        select
            record_id, identifier, min(identifier) over (partition by record_id) as hub
        from trusted
    ),

    spokes as (select distinct hub, identifier from hubs where hub <> identifier)

select hub as from_identifier, identifier as to_identifier
from spokes
union all
select identifier, hub
from spokes
