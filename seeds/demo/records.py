"""The truth of one block, gathered from all its parts."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seeds.demo import truth, words
from seeds.demo.block import Block
from seeds.demo.catalogue import CATEGORIES, Catalogue
from seeds.demo.clock import NEVER, Calendar
from seeds.demo.consents import ledger_truth, permitted
from seeds.demo.ga4 import FIRST_BOT, device_ids
from seeds.demo.people import People
from seeds.demo.sendgrid import open_truth
from seeds.demo.shopify_order_cells import order_emails
from seeds.demo.shopify_orders import order_truth
from seeds.demo.texts import digits, join, pick, texts
from seeds.demo.truth import NAMES, TruthWriter
from seeds.demo.web import Sessions, carts
from seeds.demo.web_events import repeated_sessions

NIGHTS = 3
"""The last nights for which the permitted addresses are written down."""


def write_block_truth(
    writer: TruthWriter, block: Block, goods: Catalogue, cal: Calendar
) -> None:
    """Append one block to every truth table."""
    people, orders = block.people, block.orders
    writer.append("people", _people(people))
    writer.append("records", _records(block))
    writer.append("bots", _bots(block.sessions, people))
    writer.append("carts", _carts(block, goods))
    writer.append("orders", order_truth(orders, block.versions, people, cal))
    writer.append("consents", ledger_truth(block.ledger, people, cal))
    writer.append("permitted", _permitted(block, cal))
    opens = open_truth(block, cal)
    writer.append("human_opens", opens[0])
    writer.append("machine_opens", opens[1])
    writer.append("deliveries", _deliveries(block, cal))


def _people(people: People) -> dict[str, pa.Array]:
    pairs = zip(people.email, people.second_email, strict=True)
    zones = [place.zone for place in words.COUNTRIES]
    return {
        "person_id": texts(people.ids),
        "first_name": texts(people.first),
        "last_name": texts(people.last),
        "birth_date": truth.days(people.birth),
        "emails": pa.array([[e for e in pair if e] for pair in pairs], NAMES),
        "phone": pa.array([phone or None for phone in people.phone], pa.string()),
        "country": pick([place.code for place in words.COUNTRIES], people.country),
        "time_zone": pick(zones, people.country),
        "taste_category": pick(list(CATEGORIES), people.taste),
        "reorder_cycle_days": pa.array(people.cycle, mask=people.buyer < 2),
        "usual_hour": pa.array(people.hour),
        "response_rate": pa.array(people.response),
        "joined_at": truth.instants(people.joined_at, NEVER),
        "stopped_at": truth.instants(people.stopped_at, NEVER),
        "kinds": pa.array(people.kinds(), NAMES),
    }


def _records(block: Block) -> dict[str, pa.Array]:
    people, orders, contacts = block.people, block.orders, block.contacts
    accounts = np.flatnonzero(people.has_account)
    keys, owners = _emails(block)
    sessions = block.sessions
    devices = device_ids(sessions, people)
    _, first = np.unique(devices.to_numpy(zero_copy_only=False), return_index=True)
    owned = np.where(sessions.device < FIRST_BOT, sessions.person, -1)
    parts = [
        ("hubspot", digits(contacts.record_id), contacts.person),
        ("shopify_customer", digits(people.customer_ids[accounts]), accounts),
        ("shopify_order", texts(orders.names), orders.person),
        ("email", texts(keys), np.array(owners, np.int64)),
        ("ga4_device", pick(devices, first), owned[first]),
    ]
    person = np.concatenate([owner for _, _, owner in parts])
    names = pick(people.ids, np.maximum(person, 0))
    none = pa.scalar(None, pa.string())
    return {
        "source": pa.concat_arrays([texts([name] * len(k)) for name, k, _ in parts]),
        "record_key": pa.concat_arrays([key for _, key, _ in parts]),
        "person_id": pc.if_else(pa.array(person >= 0), names, none),
    }


def _emails(block: Block) -> tuple[list[str], list[int]]:
    """Return every address that some source shows, trimmed and lower, and its owner."""
    people, orders, contacts = block.people, block.orders, block.contacts
    seen = set(zip(order_emails(orders, people), orders.person.tolist(), strict=True))
    seen |= set(zip(contacts.email, contacts.person.tolist(), strict=True))
    own = (people.email, people.second_email)
    seen |= {(email, index) for emails in own for index, email in enumerate(emails)}
    clean = sorted({(email.strip().lower(), owner) for email, owner in seen if email})
    return [email for email, _ in clean], [owner for _, owner in clean]


def _bots(sessions: Sessions, people: People) -> dict[str, pa.Array]:
    rows = np.flatnonzero(sessions.burst > 0)
    devices = pick(device_ids(sessions, people), rows).to_pylist()
    found = set()
    for row, device in zip(rows, devices, strict=True):
        own = sessions.device[row] >= FIRST_BOT
        declared = own and sessions.device[row] % 2 == 0
        session = None if own else str(sessions.started_at[row])
        person = sessions.person[row]
        victim = people.ids[person] if person >= 0 else None
        found.add(
            (device, session, "declared" if declared else "machine_speed", victim)
        )
    columns = list(zip(*sorted(found, key=str), strict=True)) or [()] * 4
    names = ("user_pseudo_id", "ga_session_id", "kind", "logged_in_as")
    cells = zip(names, columns, strict=True)
    return {name: pa.array(column, pa.string()) for name, column in cells}


def _carts(block: Block, goods: Catalogue) -> dict[str, pa.Array]:
    found = carts(block.sessions, block.orders)
    return {
        "person_id": pick(block.people.ids, found["person"]),
        "sku": pick(goods.skus, found["sku"]),
        "added_at": truth.instants(found["added_at"], NEVER),
        "removed_at": truth.instants(found["removed_at"], NEVER),
        "ordered_at": truth.instants(found["ordered_at"], NEVER),
    }


def _permitted(block: Block, cal: Calendar) -> dict[str, pa.Array]:
    nights, emails = [], []
    for drop in range(cal.days - NIGHTS, cal.days):
        found = sorted(set(permitted(block.ledger, block.people, block.barred, drop)))
        nights += [cal.first + drop] * len(found)
        emails += found
    return {"night": truth.days(np.array(nights, np.int64)), "email": texts(emails)}


def _deliveries(block: Block, cal: Calendar) -> dict[str, pa.Array]:
    """Return what arrived late or twice, with the drop in which it arrived."""
    sessions, events, orders = block.sessions, block.mail_events, block.orders
    keys = join(device_ids(sessions, block.people), "/", digits(sessions.started_at))
    twice = np.flatnonzero(repeated_sessions(sessions, cal.days))
    late = np.flatnonzero(sessions.is_late)
    again = np.ones(len(events.number), np.bool_)
    again[np.unique(events.number, return_index=True)[1]] = False
    second, slow = np.flatnonzero(again), np.flatnonzero(events.is_late & ~again)
    ids = block.mail_ids.events(events.number)
    waited = np.flatnonzero(orders.delay > 0)
    arrived = np.minimum(cal.drop_of(orders.ordered_at) + orders.delay, cal.days - 1)
    parts = [
        ("repeated", "ga4/events", pick(keys, twice), sessions.drop[twice] + 1),
        ("late", "ga4/events", pick(keys, late), sessions.drop[late]),
        ("repeated", "sendgrid/events", pick(ids, second), events.drop[second]),
        ("late", "sendgrid/events", pick(ids, slow), events.drop[slow]),
        ("late", "shopify/orders", pick(orders.names, waited), arrived[waited]),
    ]
    return {
        "kind": pa.concat_arrays([texts([row[0]] * len(row[3])) for row in parts]),
        "table": pa.concat_arrays([texts([row[1]] * len(row[3])) for row in parts]),
        "record_key": pa.concat_arrays([row[2] for row in parts]),
        "arrived_on": truth.days(np.concatenate([row[3] for row in parts]) + cal.first),
    }
