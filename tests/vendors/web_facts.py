"""What the tests of web vendors ask of the unioned facts."""

from typing import Any

from tests.vendors.conftest import Rows

Fact = dict[str, Any]
LINEAGE = "export_date, file_id, row_number"


def events_of(rows: Rows, source: str) -> list[Fact]:
    """Return a vendor's events in the order of their time, without empty columns."""
    found = rows(
        f"select * exclude ({LINEAGE}, source) from intermediate.int_web_events_unioned "
        f"where source = '{source}' order by event_at, event_id"
    )
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in found
    ]


def items_of(rows: Rows, source: str) -> list[tuple[Any, ...]]:
    """Return (our event name, sku, name, quantity, price as text) of a vendor's products."""
    found = rows(
        "select event_name, sku, product_name, quantity, items.price::varchar as price "
        "from intermediate.int_web_event_items_unioned as items "
        "inner join intermediate.int_web_events_unioned using (source, event_id) "
        f"where source = '{source}' order by event_at, sku"
    )
    return [tuple(row.values()) for row in found]


def deliveries_of(rows: Rows, source: str) -> int:
    """Return how many rows a vendor delivered that can be read."""
    (row,) = rows(
        "select count(*) as deliveries from history.intermediate.int_web_event_deliveries "
        f"where source = '{source}'"
    )
    return int(row["deliveries"])


def rejected(rows: Rows, model: str) -> list[tuple[int, str]]:
    """Return the row numbers and reasons of a vendor's rejected rows."""
    found = rows(f"select row_number, rejection_reason from staging.{model}")
    return [tuple(row.values()) for row in found]
