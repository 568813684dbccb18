"""Makes a whole demo: block by block, so that memory does not grow with people."""

import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zlib import crc32

import numpy as np

from seeds.demo.block import Block
from seeds.demo.catalogue import Catalogue, make_catalogue, write_catalogue
from seeds.demo.clock import Calendar
from seeds.demo.consents import (
    LEDGER_HEADER,
    make_agreement,
    make_ledger,
    write_ledger,
)
from seeds.demo.contacts import make_contacts
from seeds.demo.drops import DropWriter
from seeds.demo.ga4 import write_events
from seeds.demo.hubspot import CONTACT_HEADER, write_contacts
from seeds.demo.mail import make_mail_events, make_mails
from seeds.demo.mail_ids import MailIds
from seeds.demo.order_versions import make_versions
from seeds.demo.orders import FIRST_NUMBER, make_orders
from seeds.demo.people import BLOCK, FEWEST, People, Stream
from seeds.demo.population import make_people
from seeds.demo.records import write_block_truth
from seeds.demo.sendgrid import write_mail_events
from seeds.demo.shopify_customers import CUSTOMER_HEADER, write_customers
from seeds.demo.shopify_orders import ORDER_HEADER, write_orders
from seeds.demo.texts import texts
from seeds.demo.truth import TruthWriter
from seeds.demo.truth import days as truth_days
from seeds.demo.web import make_sessions
from seeds.demo.web_events import make_events

FEWEST_DAYS = 10
HEADERS = {
    "shopify/orders": ORDER_HEADER,
    "shopify/customers": CUSTOMER_HEADER,
    "hubspot/contacts": CONTACT_HEADER,
    "consent/ledger": LEDGER_HEADER,
}
REPEATED_FILES = ("shopify/orders", "ga4/events", "sendgrid/events")


class DemoTooSmallError(ValueError):
    """Too few people or days to plant every case."""


@dataclass(frozen=True)
class DemoReceipt:
    """What was written: rows of each "source/table", files, and how long it took."""

    rows: dict[str, int]
    files: int
    seconds: float

    @property
    def total_rows(self) -> int:
        """All rows of all tables."""
        return sum(self.rows.values())

    @property
    def rows_per_second(self) -> float:
        """Rows written in a second."""
        return self.total_rows / max(self.seconds, 1e-9)


def generate(
    inbox: Path,
    truth: Path,
    *,
    people: int = 2_000,
    days: int = 60,
    seed: int = 7,
    last_day: date = date(2026, 4, 5),
) -> DemoReceipt:
    """Write demo drops into ``inbox`` and what really happened into ``truth``.

    The same arguments give the same bytes. Files of an earlier demo with the same
    names are replaced; other files in ``inbox`` are left alone.

    Raises:
        DemoTooSmallError: there are too few people or days to plant every case.

    """
    if people < FEWEST or days < FEWEST_DAYS:
        raise DemoTooSmallError(
            f"A demo of {people} people and {days} days is too small for its planted "
            f"cases: ask for {FEWEST} people and {FEWEST_DAYS} days or more."
        )
    started = time.perf_counter()
    cal = Calendar(last_day, days)
    drops, facts = DropWriter(inbox, cal.names), TruthWriter(truth)
    for table, header in HEADERS.items():
        drops.start(table, header)
    goods = make_catalogue(_stream(seed, -1)("catalogue"))
    write_catalogue(drops, goods, days, _stream(seed, -1)("stock"))
    number = FIRST_NUMBER
    for base in range(0, people, BLOCK):
        at = _stream(seed, base)
        group = make_people(base, min(BLOCK, people - base), people, cal, at)
        block = _write_block(drops, group, goods=goods, cal=cal, at=at, number=number)
        write_block_truth(facts, block, goods, cal)
        number += len(block.orders)
    _repeat_files(drops, facts, cal)
    files = drops.publish()
    facts.publish()
    return DemoReceipt(dict(drops.rows), files, time.perf_counter() - started)


def _stream(seed: int, base: int) -> Stream:
    """Return the source of random numbers for the parts of one block."""

    def at(part: str) -> np.random.Generator:
        words = [seed, base + 1, crc32(part.encode())]
        return np.random.default_rng(np.random.SeedSequence(words))

    return at


def _write_block(
    drops: DropWriter,
    people: People,
    *,
    goods: Catalogue,
    cal: Calendar,
    at: Stream,
    number: int,
) -> Block:
    """Let one block of people live, and write what the vendors saw of it."""
    agreed = make_agreement(people, cal, at("agreement"))
    ledger = make_ledger(people, agreed, cal, at("ledger"))
    bought = make_orders(people, goods, agreed, cal, at("orders"), first_number=number)
    sessions = make_sessions(people, bought, cal, at("sessions"))
    mails = make_mails(people, agreed, cal, at("mails"))
    answers, barred = make_mail_events(people, mails, cal, at("mail events"))
    block = Block(
        people=people,
        agreement=agreed,
        ledger=ledger,
        orders=bought,
        versions=make_versions(bought, cal),
        contacts=make_contacts(people, cal, at("contacts")),
        sessions=sessions,
        web_events=make_events(sessions, cal.days, at("web events")),
        mails=mails,
        mail_events=answers,
        mail_ids=MailIds(mails, answers, at("mail ids")),
        barred=barred,
    )
    write_ledger(drops, ledger, people, at("ledger text"))
    write_orders(drops, bought, block.versions, people, goods)
    write_customers(drops, block, cal)
    write_contacts(drops, block, cal, at("edits"))
    write_events(drops, block, goods)
    write_mail_events(drops, block, goods, at("batches"))
    return block


def _repeat_files(drops: DropWriter, facts: TruthWriter, cal: Calendar) -> None:
    """Deliver two days of some tables once more, under another name."""
    kinds, tables, names, arrived = [], [], [], []
    for back, suffix in ((4, "-again"), (8, "_copy")):
        drop = cal.days - back
        for table in REPEATED_FILES:
            names.append(drops.repeat(table, drop, suffix))
            kinds.append("repeated_file")
            tables.append(table)
            arrived.append(drop + cal.first)
    columns = {"kind": texts(kinds), "table": texts(tables), "record_key": texts(names)}
    when = truth_days(np.array(arrived, np.int64))
    facts.append("deliveries", columns | {"arrived_on": when})
