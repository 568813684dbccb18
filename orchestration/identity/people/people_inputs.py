"""What the step that settles people reads: limits, probable links and what orders are worth."""

from collections.abc import Sequence

import duckdb

from orchestration.identity.people.clusters import CERTAIN, Link


def read_limits(
    connection: duckdb.DuckDBPyConnection, single_sources: Sequence[str]
) -> dict[str, int]:
    """Return how many values of each type a person may have.

    A source that knows everybody once counts as a type of its own, with one record.
    """
    rows = connection.execute(
        "select identifier_type, cast(values_per_person as integer) "
        "from reference.identifier_types where values_per_person is not null"
    ).fetchall()
    single = {
        f"{kind}:{source}": 1
        for source in single_sources
        for kind in ("crm", "customer", "loyalty")
    }
    return {**dict(rows), **single}


def read_links(connection: duckdb.DuckDBPyConnection) -> tuple[Link, ...]:
    """Return the probable links between parts, the strongest first; none is no error."""
    if not has_links(connection):
        return ()
    rows = connection.execute(LINKS).fetchall()
    return tuple(
        Link(left, right, CERTAIN if is_certain else "clerical", float(probability))
        for left, right, is_certain, probability in rows
    )


def has_links(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether probable links were looked for tonight."""
    found = connection.execute(
        "select count(*) from duckdb_tables() "
        "where schema_name = 'linked' and table_name = 'probable_links'"
    ).fetchall()
    return bool(found[0][0])


# A part that was taken apart by hand is known by the link's record.
LINKS = """
with links as (
    select
        left_component_id, right_component_id, left_record_id, right_record_id, band,
        round(match_weight, 6) as weight, round(match_probability, 6) as probability
    from linked.probable_links
),
parted as (
    select distinct components.component_id
    from intermediate.int_components as components
    inner join nodes using (identifier)
    where nodes.part_id <> components.component_id
),
records as (
    select
        unioned.record_id,
        components.component_id,
        min_by(
            nodes.part_id, (nodes.trust_rank, nodes.identifier)
        ) as part_id
    from intermediate.int_identifiers_unioned as unioned
    inner join intermediate.int_components as components using (identifier)
    inner join parted using (component_id)
    inner join nodes using (identifier)
    group by all
),
placed as (
    select
        coalesce(l.part_id, links.left_component_id) as one,
        coalesce(r.part_id, links.right_component_id) as other,
        links.band, links.weight, links.probability
    from links
    left join records as l
        on l.record_id = links.left_record_id
        and l.component_id = links.left_component_id
    left join records as r
        on r.record_id = links.right_record_id
        and r.component_id = links.right_component_id
)
select
    least(one, other), greatest(one, other),
    bool_or(band = 'certain') as is_certain, max(probability)
from placed
where
    one <> other
    and one in (select part_id from nodes)
    and other in (select part_id from nodes)
group by 1, 2
order by is_certain desc, max(weight) desc, 1, 2
"""


def revenue_query(reporting_currency: str) -> str:
    """Return the query of what every order is worth, by its most trusted identifier."""
    currency = reporting_currency.replace("'", "''")
    return f"""
    with owners as (
        select
            unioned.record_id,
            min_by(nodes.identifier, (nodes.trust_rank, nodes.identifier)) as identifier
        from intermediate.int_identifiers_unioned as unioned
        inner join nodes using (identifier)
        group by unioned.record_id
    )
    select
        owners.identifier,
        cast(
            round(
                (orders.total_amount - orders.refunded_amount)
                * cast(rates.rate as decimal(18, 6)),
                2
            ) as decimal(18, 2)
        ) as worth
    from intermediate.int_orders_unioned as orders
    inner join owners
        on owners.record_id = concat(orders.source, '/order/', orders.order_id)
    inner join reference.exchange_rates as rates
        on rates.currency = orders.currency and rates.reporting_currency = '{currency}'
    where orders.is_purchase or orders.is_credit_note
    """
