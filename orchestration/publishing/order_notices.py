"""What a night says of orders that it cannot place: in a currency or a status nobody knows.

Both are counted all the same, one without a worth and one as a purchase, so somebody
should look.
"""

import re
from collections import Counter
from collections.abc import Iterator

import duckdb

from orchestration.home.notes import Notice

WITHOUT_RATE, UNKNOWN_STATUS = "orders_without_rate", "order_status_unknown"

_CURRENCY = re.compile(r"[A-Z]{2,5}|[£€$¥]")
_STATUS = re.compile(r"[A-Za-z0-9 _-]{1,40}")


def unplaced_orders(connection: duckdb.DuckDBPyConnection) -> Iterator[Notice]:
    """Yield the orders without a rate, and those of a status that no seed lists.

    ``connection`` is to the night's warehouse, all marts built. Names what a currency or a
    status can be and nothing else, for a shifted row may hold anything.
    """
    currencies = _counts(
        connection,
        "select currency, order_count from marts.unconverted_orders",
        _CURRENCY,
    )
    if orders := currencies.total():
        yield Notice(
            WITHOUT_RATE,
            f"{orders:,} orders have no worth, because no rate is known for their currency "
            f"({_listed(currencies)}). Add it to seeds/reference/exchange_rates.csv.",
            orders,
            "nightpost run",
        )
    statuses = _counts(
        connection,
        "select concat(source, ' ', order_status), order_count "
        "from marts.unmapped_order_statuses",
        _STATUS,
    )
    if orders := statuses.total():
        yield Notice(
            UNKNOWN_STATUS,
            f"{orders:,} orders count as purchases, because nobody said what their status "
            f"means ({_listed(statuses)}). Say it in seeds/reference/order_statuses.csv.",
            orders,
            "nightpost run",
        )


def _counts(
    connection: duckdb.DuckDBPyConnection, query: str, plain: re.Pattern[str]
) -> Counter[str]:
    counts: Counter[str] = Counter()
    for name, orders in connection.execute(query).fetchall():
        counts[str(name) if plain.fullmatch(str(name)) else "other"] += int(orders)
    return counts


def _listed(counts: Counter[str]) -> str:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{name} {count:,}" for name, count in ordered)
