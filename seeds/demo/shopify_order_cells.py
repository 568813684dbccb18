"""The cells of a Shopify order that stand only on its first line."""

import numpy as np
import pyarrow as pa

from seeds.demo import words
from seeds.demo.clock import stamped_texts
from seeds.demo.order_versions import Versions
from seeds.demo.orders import DRAFT, TILL, WEB, Orders
from seeds.demo.people import People, city_of
from seeds.demo.phones import as_typed
from seeds.demo.texts import (
    Ints,
    csv_cell,
    csv_cells,
    digits,
    join,
    money,
    pick,
    texts,
    where,
)


def order_emails(orders: Orders, people: People) -> list[str]:
    """Return the address that each order carries, as typed; '' where there is none."""
    found = []
    for person, kind in zip(orders.person, orders.email_kind, strict=True):
        email = people.second_email[person] if kind == 2 else people.email[person]
        tagged = email.replace("@", "+shop@", 1)
        found.append(("", email, email, tagged, email.title())[kind])
    return found


def status_numbers(orders: Orders, versions: Versions) -> Ints:
    """Return the financial status of each version, as its place in ``STATUSES``."""
    order = versions.order
    whole = orders.refunded[order] >= orders.total[order]
    status = versions.paid.astype(np.int64)
    status = np.where(versions.refunded, np.where(whole, 3, 2), status)
    return np.where(versions.cancelled & ~versions.paid, 4, status)


def order_parts(
    orders: Orders, versions: Versions, people: People
) -> dict[str, pa.StringArray]:
    """Return the pieces of each version's row, each with its closing commas."""
    order = versions.order
    cells = join(texts(orders.names), ",", csv_cells(order_emails(orders, people)), ",")
    phones = _phones(orders, people)
    reference = join("r", digits(orders.number), "Pq7Lw3")
    return {
        "key": pick(cells, order),
        "state": _state(orders, versions),
        "address": _address(orders, versions, people, phones, reference),
        "origin": _origin(orders, versions),
        "phone": pick(phones, order),
        "end": join(",,,,", pick(reference, order), ",,,", pick(reference, order)),
    }


def _state(orders: Orders, versions: Versions) -> pa.StringArray:
    order = versions.order
    subtotal = orders.total - orders.shipping
    made = orders.ordered_at[order]
    has_code = (orders.discount > 0)[order].astype(np.int64)
    moment = np.where(versions.paid, orders.paid_at[order], made)
    sent = np.where(versions.fulfilled, orders.fulfilled_at[order], made)
    ships = (orders.channel == WEB)[order].astype(np.int64)
    return join(
        pick([f"{status}," for status in STATUSES], status_numbers(orders, versions)),
        where(versions.paid, stamped_texts(moment), ""),
        pick([",unfulfilled,", ",fulfilled,"], versions.fulfilled.astype(np.int64)),
        where(versions.fulfilled, stamped_texts(sent), ""),
        pick([",no,", ",yes,"], orders.accepts[order].astype(np.int64)),
        pick(["GBP,", "EUR,"], orders.is_euro[order].astype(np.int64)),
        pick(money(subtotal), order),
        ",",
        pick(money(orders.shipping), order),
        ",0.00,",
        pick(money(orders.total), order),
        pick([",,", ",THANKS10,"], has_code),
        pick(money(orders.discount), order),
        pick([",,", ",Standard,"], ships),
    )


def _phones(orders: Orders, people: People) -> pa.StringArray:
    """Every third order, and till orders without e-mail, show the phone."""
    shown = (orders.number % 3 == 0) | (orders.email_kind == 0)
    pairs = zip(orders.person, orders.number, shown, strict=True)
    return texts([as_typed(people.phone[p], n) if yes else "" for p, n, yes in pairs])


def _address(
    orders: Orders,
    versions: Versions,
    people: People,
    phones: pa.StringArray,
    reference: pa.StringArray,
) -> pa.StringArray:
    """Return everything from Billing Name to Refunded Amount."""
    order = versions.order
    homes = [_home(people, index) for index in range(len(people))]
    rows = pick(texts([home for home, _ in homes]), orders.person[order])
    street = pick(texts([rest for _, rest in homes]), orders.person[order])
    phone = pick(phones, order)
    at_till = (orders.channel == TILL)[order]
    made = orders.ordered_at[order]
    place = join(rows, ",", street, ",", phone, ",")
    place = where(at_till, join(rows, "," * 9, phone, ","), place)
    moment = np.where(versions.cancelled, orders.cancelled_at[order], made)
    refund = np.where(versions.refunded, orders.refunded[order], 0)
    how = ["Shopify Payments,", "Cash,", "manual,"]
    return join(
        place,
        where(at_till, "," * 10, place),
        ",,",
        where(versions.cancelled, stamped_texts(moment), ""),
        ",",
        pick(how, orders.channel[order]),
        pick(reference, order),
        ",",
        money(refund),
        ",",
    )


def _home(people: People, index: int) -> tuple[str, str]:
    """Return a person's name, and street to country, as CSV cells."""
    city, province, _, _ = city_of(people, index)
    street = csv_cell(people.street[index])
    country = words.COUNTRIES[people.country[index]].code
    zipped = csv_cell(people.postcode[index])
    name = csv_cell(f"{people.first[index]} {people.last[index]}")
    return name, f"{street},{street},,,{city},{zipped},{province},{country}"


def _origin(orders: Orders, versions: Versions) -> pa.StringArray:
    order = versions.order
    owed = np.where(versions.paid | versions.cancelled, 0, orders.total[order])
    staff = ["0.00,,,,", "0.00,Store Team,Leeds Store,1,", "0.00,Store Team,,,"]
    channel = orders.channel[order]
    return join(
        where(owed > 0, join(money(owed), ",,,,"), pick(staff, channel)),
        digits(6_600_000_000_000 + orders.number[order] * 32_768),
        where(channel == DRAFT, ",phone order,Low,", ",,Low,"),
        pick([f"{source}," for source in SOURCES], channel),
    )


STATUSES = ("pending", "paid", "partially_refunded", "refunded", "voided")


SOURCES = ("web", "pos", "shopify_draft_order")
