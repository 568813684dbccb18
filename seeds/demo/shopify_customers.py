"""Shopify's customer export: new and changed accounts of each day."""

import numpy as np
import pyarrow as pa

from seeds.demo import words
from seeds.demo.block import Block
from seeds.demo.clock import NEVER, Calendar
from seeds.demo.consents import PHONE
from seeds.demo.drops import DropWriter
from seeds.demo.order_versions import Versions
from seeds.demo.orders import Orders
from seeds.demo.people import People, city_of
from seeds.demo.phones import as_typed
from seeds.demo.texts import Flags, Ints, csv_cell, digits, join, money, pick, texts

CUSTOMER_HEADER = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,"
    "Default Address Company,Default Address Address1,Default Address Address2,"
    "Default Address City,Default Address Province Code,Default Address Country Code,"
    "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,"
    "Total Spent,Total Orders,Note,Tax Exempt,Tags"
)


def write_customers(drops: DropWriter, block: Block, cal: Calendar) -> None:
    """Append each account to the days on which it was made or something changed."""
    people, orders, versions = block.people, block.orders, block.versions
    agreement, ledger = block.agreement, block.ledger
    own = _on_account(orders, people)
    bought = own[versions.order]
    person = np.concatenate(
        [
            np.arange(len(people)),
            orders.person[versions.order][bought],
            ledger.person[ledger.subject != PHONE],
        ]
    )
    drop = np.concatenate(
        [
            cal.drop_of(people.joined_at),
            versions.drop[bought],
            cal.drop_of(ledger.event_at)[ledger.subject != PHONE],
        ]
    )
    keep = people.has_account[person] & (drop >= cal.drop_of(people.joined_at)[person])
    keys = np.unique(drop[keep] * len(people) + person[keep])
    person, drop = keys % len(people), keys // len(people)
    count, spent = _sums(orders, versions, own, person, drop)
    accepts = agreement.holds(person, cal.drop_ends(drop) - 1)
    drops.append(
        "shopify/customers", drop, _lines(people, person, accepts, count, spent)
    )


def _on_account(orders: Orders, people: People) -> Flags:
    return people.has_account[orders.person] & np.isin(orders.email_kind, (1, 4))


def _sums(
    orders: Orders,
    versions: Versions,
    own: Flags,
    person: Ints,
    drop: Ints,
) -> tuple[Ints, Ints]:
    """Return orders and net pence of each account by the end of a drop."""
    first = np.full(len(orders), NEVER)
    np.minimum.at(first, versions.order, versions.drop)
    index = versions.order
    back = np.where(versions.refunded, orders.refunded[index], 0)
    worth = np.where(versions.cancelled, 0, orders.total[index] - back)
    by_order = np.lexsort((versions.drop, index))
    start = np.append(True, np.diff(index[by_order]) != 0)[: len(index)]
    before = np.append(0, worth[by_order][:-1])[: len(index)]
    change = np.empty(len(index), np.int64)
    change[by_order] = worth[by_order] - np.where(start, 0, before)
    mine = np.flatnonzero(own[index])
    span = int(versions.drop.max(initial=0)) + 2
    keys = orders.person[index[mine]] * span + versions.drop[mine]
    sort = np.argsort(keys, kind="stable")
    mine, keys = mine[sort], keys[sort]
    new = (versions.drop == first[index])[mine]
    counts, sums = np.append(0, new.cumsum()), np.append(0, change[mine].cumsum())
    low = np.searchsorted(keys, person * span)
    high = np.searchsorted(keys, person * span + drop, side="right")
    return counts[high] - counts[low], sums[high] - sums[low]


def _lines(
    people: People, person: Ints, accepts: Flags, count: Ints, spent: Ints
) -> pa.StringArray:
    everyone = range(len(people))
    yes = np.array(["no", "yes"])[accepts.astype(np.int64)]
    return join(
        "'",
        digits(people.customer_ids[person]),
        pick(texts([_who(people, index) for index in everyone]), person),
        texts(yes.tolist()),
        pick(texts([_where(people, index) for index in everyone]), person),
        money(spent),
        ",",
        digits(count),
        ",,no,",
        pick(["prospect", "retail"], (count > 0).astype(np.int64)),
        "\n",
    )


def _who(people: People, index: int) -> str:
    names = [people.first[index], people.last[index], people.email[index]]
    return f",{','.join(map(csv_cell, names))},"


def _where(people: People, index: int) -> str:
    city, province, _, _ = city_of(people, index)
    country = words.COUNTRIES[people.country[index]].code
    phone = as_typed(people.phone[index], 1)
    place = [people.street[index], "", city, province, country, people.postcode[index]]
    cells = ",".join(map(csv_cell, place))
    return f",,{cells},{phone},{as_typed(people.phone[index], 0)},no,"
