"""Shopify's order export: 79 columns, order fields only on an order's first line."""

import numpy as np
import pyarrow as pa

from seeds.demo import truth
from seeds.demo.catalogue import Catalogue
from seeds.demo.clock import NEVER, Calendar, stamped_texts
from seeds.demo.drops import DropWriter
from seeds.demo.order_versions import Versions
from seeds.demo.orders import Orders
from seeds.demo.people import People
from seeds.demo.shopify_order_cells import (
    SOURCES,
    STATUSES,
    order_emails,
    order_parts,
    status_numbers,
)
from seeds.demo.texts import (
    Flags,
    Ints,
    csv_cells,
    digits,
    join,
    money,
    pick,
    texts,
    where,
)

ORDER_HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,"
    "Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,"
    "Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,"
    "Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,"
    "Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,"
    "Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,"
    "Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,"
    "Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,"
    "Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,"
    "Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,"
    "Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,"
    "Payment References"
)


def write_orders(
    drops: DropWriter,
    orders: Orders,
    versions: Versions,
    people: People,
    goods: Catalogue,
) -> None:
    """Append every version of every order, one row a line, to its drop."""
    version, line, first = _exported_lines(orders, versions)
    parts = order_parts(orders, versions, people)

    def on_first(part: str, blanks: int) -> pa.Array:
        return where(first, pick(parts[part], version), "," * blanks)

    lines = join(
        pick(parts["key"], version),
        on_first("state", 13),
        _line_cells(orders, goods, line),
        pick(["pending,", "fulfilled,"], versions.fulfilled[version].astype(np.int64)),
        on_first("address", 26),
        pick(csv_cells(goods.vendors), orders.line_sku[line]),
        ",",
        on_first("origin", 8),
        "0.00,",
        ",,,,,,,,,,",
        pick(parts["phone"], version),
        ",",
        on_first("end", 7),
        "\n",
    )
    drops.append("shopify/orders", versions.drop[version], lines)


def _exported_lines(orders: Orders, versions: Versions) -> tuple[Ints, Ints, Flags]:
    """Return version and line of each row, and whether it is an order's first."""
    starts = np.searchsorted(orders.line_order, np.arange(len(orders) + 1))
    counts = np.diff(starts)[versions.order]
    version = np.repeat(np.arange(len(versions.order)), counts)
    place = np.arange(len(version)) - np.repeat(np.cumsum(counts) - counts, counts)
    return version, place + starts[versions.order[version]], place == 0


def _line_cells(orders: Orders, goods: Catalogue, line: Ints) -> pa.StringArray:
    """Return everything from Created at to Lineitem taxable."""
    sku = orders.line_sku[line]
    return join(
        pick(stamped_texts(orders.ordered_at), orders.line_order[line]),
        ",",
        digits(orders.line_quantity[line]),
        ",",
        pick(csv_cells(goods.line_names), sku),
        ",",
        money(orders.line_price[line]),
        ",,",
        pick(goods.skus, sku),
        ",true,true,",
    )


def order_truth(
    orders: Orders, versions: Versions, people: People, cal: Calendar
) -> dict[str, pa.Array]:
    """Return every order as it stood in the end, with the time of each change."""
    first = np.full(len(orders), cal.days)
    np.minimum.at(first, versions.order, versions.drop)
    at_end = Versions(
        np.arange(len(orders)),
        first,
        *[at < NEVER for at in orders.changed_at[1:]],
    )
    return {
        "order_name": texts(orders.names),
        "person_id": pick(people.ids, orders.person),
        "ordered_at": truth.instants(orders.ordered_at, NEVER),
        "email": texts([email.lower() for email in order_emails(orders, people)]),
        "source": pick(SOURCES, orders.channel),
        "financial_status": pick(STATUSES, status_numbers(orders, at_end)),
        "total": truth.amounts(orders.total),
        "refunded": truth.amounts(orders.refunded),
        "net": truth.amounts(orders.net_at_end()),
        "currency": pick(["GBP", "EUR"], orders.is_euro.astype(np.int64)),
        "paid_at": truth.instants(orders.paid_at, NEVER),
        "fulfilled_at": truth.instants(orders.fulfilled_at, NEVER),
        "cancelled_at": truth.instants(orders.cancelled_at, NEVER),
        "refunded_at": truth.instants(orders.refunded_at, NEVER),
        "is_in_future": pa.array(orders.ordered_at >= cal.end_at),
        "arrived_on": truth.days(first + cal.first),
    }
