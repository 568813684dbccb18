"""A no stands until a later, explicit yes: the same law for every table that can say no.

The tables come from the contracts (`says_no`): a new one without a way to speak here fails.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.loads import load_arrivals
from orchestration.arrivals.raw_views import write_raw_views
from orchestration.identity.cleaning.values import clean_values, held_columns
from tests.conftest import NIGHT, PROJECT, call_dbt, every_vendor
from tests.vendors.conftest import build

Row = dict[str, object]
Table = tuple[str, str]
UNIONED = "fqn:nightpost.intermediate.unioned.int_opt_outs_unioned"
NOES = "int_contacts_unioned int_refusals int_consents_unioned"
LEDGERS = "stg_consent__events stg_cmp__receipts"


@dataclass(frozen=True)
class Flag:
    """How a table's records say that their person opted out."""

    record_key: str
    address: str
    flag: str
    no: object
    yes: object
    time: str = ""
    time_format: str = "%Y-%m-%dT%H:%M:%SZ"
    deleted: str = ""
    is_permission: bool = False
    is_nested: bool = False

    def row(self, key: str, address: str, says: object, day: int | str = 0) -> Row:
        """Return a record's version; ``day`` of April is its time, or a text in its place."""
        row: Row = {self.record_key: key, self.address: address}
        if says is not None:
            row[self.flag] = {"is_subscribed": says} if self.is_nested else says
        if self.time:
            row[self.time] = (
                day
                if isinstance(day, str)
                else date(2026, 4, day).strftime(self.time_format)
                if day
                else ""
            )
        return row


@dataclass(frozen=True)
class Event:
    """How a table's rows say that somebody left, and what it writes that is no no."""

    says: Callable[[str], Row]
    harmless: Mapping[str, object] = field(default_factory=dict)
    address: str = "email"


def _klaviyo(address: str) -> Row:
    return {
        "id": f"k-{address}", "person_id": f"p-{address}", "type": "Unsubscribed",
        "datetime": "2026-04-02 10:00:00.000",
    }  # fmt: skip


FLAGS: Mapping[Table, Flag] = {
    ("hubspot", "contacts"): Flag(
        "Record ID", "Email", "Unsubscribed from all email", "true", "false",
        "Last Modified Date", "%Y-%m-%d 10:00",
    ),
    ("salesforce", "contacts"): Flag(
        "Id", "Email", "HasOptedOutOfEmail", "true", "false", "SystemModstamp",
        "%Y-%m-%dT10:00:00.000Z", "IsDeleted",
    ),
    ("salesforce", "leads"): Flag(
        "Id", "Email", "HasOptedOutOfEmail", "true", "false", "SystemModstamp",
        "%Y-%m-%dT10:00:00.000Z", "IsDeleted",
    ),
    ("generic", "contacts"): Flag(
        "contact_id", "email", "opted_out", "yes", "no", "updated_at",
    ),
    ("shopify", "customers"): Flag(
        "Customer ID", "Email", "Accepts Email Marketing", "no", "yes",
        is_permission=True,
    ),
    ("magento", "customers"): Flag(
        "id", "email", "extension_attributes", False, True, "updated_at",
        "%Y-%m-%d 10:00:00", is_permission=True, is_nested=True,
    ),
}  # fmt: skip
EVENTS: Mapping[Table, Event] = {
    ("sendgrid", "events"): Event(
        lambda a: {"email": a, "event": "group_unsubscribe", "timestamp": 1775124000,
                   "sg_event_id": f"s-{a}"}, {"event": "delivered"},
    ),
    ("webhook", "events"): Event(
        lambda a: {"email": a, "event": "dropped", "reason": "unsubscribed",
                   "timestamp": "2026-04-02T10:00:00Z"}, {"event": "delivered", "reason": ""},
    ),
    ("generic", "email_events"): Event(
        lambda a: {"event": "complaint", "email": a,
                   "occurred_at": "2026-04-02T10:00:00Z"}, {"event": "delivered"},
    ),
    ("klaviyo", "event"): Event(_klaviyo, {}, ""),
    ("mailchimp", "reports_email_activity"): Event(
        lambda a: {"campaign_id": "c", "email_address": a, "action": "bounce",
                   "type": "hard", "timestamp": "2026-04-02T10:00:00Z"},
        {"action": "open", "type": ""}, "email_address",
    ),
    ("mailchimp", "unsubscribes"): Event(
        lambda a: {"campaign_id": "c", "email_address": a,
                   "timestamp": "2026-04-02T10:00:00Z"}, {}, "email_address",
    ),
    ("mailchimp", "abuse_reports"): Event(
        lambda a: {"campaign_id": "c", "email_address": a, "id": "1",
                   "date": "2026-04-02T10:00:00Z"}, {}, "email_address",
    ),
    ("preferences", "centre"): Event(
        lambda a: {"email": a, "preference": "frequency", "value": "never",
                   "updated_at": "2026-04-02T10:00:00Z"}, {},
    ),
    ("preferences", "form_answers"): Event(
        lambda a: {"email": a, "question": "Newsletter?", "answer": "no",
                   "answered_at": "2026-04-02T10:00:00Z"}, {},
    ),
    ("segment", "events"): Event(
        lambda a: {"messageId": f"m-{a}", "type": "track", "event": "Unsubscribed",
                   "context": {"traits": {"email": a}},
                   "timestamp": "2026-04-02T10:00:00Z"},
        {"event": "Product Viewed"}, "context",
    ),
    ("consent", "withdrawals"): Event(
        lambda a: {"subject": a, "event_time": "2026-04-02T10:00:00Z"}, {}, "subject",
    ),
    ("consent", "ledger"): Event(
        lambda a: {"subject": a, "channel": "email", "purpose": "marketing",
                   "status": "withdrawn", "event_time": "2026-04-02T10:00:00Z"},
        {"status": "granted"}, "subject",
    ),
    ("cmp", "receipts"): Event(
        lambda a: {"id": f"r-{a}", "dataSubjectIdentifier": a,
                   "interactionDate": "2026-04-02T10:00:00Z",
                   "purposes": [{"id": "1", "name": "Marketing e-mails",
                                 "transactionType": "WITHDRAWN"}]},
        {"purposes": [{"id": "1", "transactionType": "CONFIRMED"}]},
        "dataSubjectIdentifier",
    ),
}  # fmt: skip
# They say nothing of themselves: the one names devices, the other whose an event is.
WITHOUT_WORDS = {("cookie_consent", "decisions"), ("klaviyo", "person")}
JSON_LINES = {"magento", "sendgrid", "webhook", "mailchimp", "cmp", "segment"}
SAYS_NO = sorted(
    (one.source, one.table)
    for one in read_contracts(PROJECT, every_vendor())
    if one.says_no
)

TIMES = {
    "timestamp", "occurred_at", "event_time", "interactionDate", "date", "updated_at",
    "answered_at",
}  # fmt: skip
FLAG_CASES = (
    "column_gone", "blank", "older_yes", "untimed_no", "unreadable_time", "same_second",
    "unreadable_flag", "deleted", "other_spelling", "two_addresses", "moved", "address_gone",
)  # fmt: skip


def who(table: Table, case: str) -> str:
    """Return the address of a case's person."""
    return f"{case}.{table[0]}.{table[1]}@mail.example.com".replace("_", "-")


def flag_versions(table: Table, flag: Flag) -> Iterator[tuple[int, Row]]:
    """Yield each case's versions, with the day of April whose export has them."""
    no, yes = flag.no, flag.yes
    for case in (*FLAG_CASES, "came_back", "came_back_later", "replaced_yes"):
        key, me = f"{table[1]}-{case}", who(table, case)
        if flag.is_permission:
            yield 1, flag.row(key, me, yes, 1)
        first = {
            "address_gone": flag.row(key, me, None, 2),
            "untimed_no": flag.row(key, me, yes, 2),
            "unreadable_time": flag.row(key, me, yes, 2),
            "unreadable_flag": flag.row(key, me, "yes, please do not", 2),
            "other_spelling": flag.row(key, f"<\u200b{me.upper()}>;", no, 2),
            "two_addresses": flag.row(key, f"{me}; second-{me}", no, 2),
        }.get(case, flag.row(key, me, no, 2))
        yield 3, first
        if case == "deleted" and flag.deleted:
            yield 5, {**flag.row(key, me, yes, 5), flag.deleted: "true"}
        elif then := {
            "column_gone": flag.row(key, me, None, 5),
            "blank": flag.row(key, me, "", 5),
            "older_yes": flag.row(key, me, yes, 1) if flag.time else None,
            "untimed_no": flag.row(key, me, no),
            "unreadable_time": flag.row(key, me, no, "04/31/2026 12:00 PM"),
            "same_second": flag.row(key, me, yes, 2) if flag.time else None,
            "address_gone": flag.row(key, "n/a", no, 5),
            "moved": flag.row(key, f"new-{me}", yes, 5),
            "came_back": flag.row(key, me, yes, 5),
            "came_back_later": flag.row(key, me, yes),
        }.get(case):
            yield 5, then


def write(
    home: Path, table: Table, name: str, rows: list[Row], *, broken: str = ""
) -> None:
    """Write ``rows`` as the table's file ``name``, with a broken line at its end."""
    folder = home / "inbox" / table[0] / table[1]
    folder.mkdir(parents=True, exist_ok=True)
    if table[0] in JSON_LINES:
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text + broken, encoding="utf-8")
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    target = io.StringIO()
    writer = csv.DictWriter(target, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (folder / f"{name}.csv").write_text(target.getvalue() + broken, encoding="utf-8")


def cut(table: Table, row: Row) -> str:
    """Return ``row`` as a line that breaks off."""
    if table[0] in JSON_LINES:
        return json.dumps(row)[:-1] + "\n"
    return ",".join(str(value) for value in row.values()) + ',"'


def plant(home: Path) -> None:
    """Write every table's cases; load once what a second delivery then replaces."""
    for table, flag in FLAGS.items():
        for day in (1, 3, 5):
            versions = [row for at, row in flag_versions(table, flag) if at == day]
            for has_flag in (True, False):
                rows = [row for row in versions if (flag.flag in row) == has_flag]
                if rows:
                    write(home, table, f"2026-04-0{day}-{has_flag}", rows)
        refused = flag.row("refused", who(table, "refused"), flag.no, 2)
        write(home, table, "2026-04-04-broken", [], broken=cut(table, refused))
        gone = flag.row("replaced", who(table, "replaced"), flag.no, 2)
        was = flag.row("replaced", who(table, "replaced"), flag.yes, 1)
        write(
            home,
            table,
            "2026-04-02-again",
            [was, gone] if flag.is_permission else [gone],
        )
    left = who(("klaviyo", "event"), "plain")
    write(
        home, ("klaviyo", "person"), "2026-04-02", [{"id": f"p-{left}", "email": left}]
    )
    # an event that cannot be read names its person by id; they are deleted since
    klaviyo = ("klaviyo", "event")
    gone = {"id": "P9", "email": who(klaviyo, "refused"), "_fivetran_deleted": "TRUE"}
    write(home, ("klaviyo", "person"), "2026-04-03", [gone])
    broken = {**_klaviyo("e9"), "person_id": "P9"}
    write(home, klaviyo, "2026-04-04-broken", [], broken=cut(klaviyo, broken))
    for table, event in EVENTS.items():
        cases = ("plain", "replaced") if event.address else ("plain",)
        for case in cases:
            write(home, table, f"2026-04-02-{case}", [event.says(who(table, case))])
        spelled = event.says(f"Ana <{who(table, 'other_spelling').upper()}>.")
        untimed = event.says(who(table, "untimed"))
        if event.address:
            untimed |= dict.fromkeys(TIMES & untimed.keys(), "yesterday")
            both = event.says(f"{who(table, 'two')};second-{who(table, 'two')}")
            write(home, table, "2026-04-03-odd", [spelled, both])
            write(home, table, "2026-04-03-untimed", [untimed])
            refused = cut(table, event.says(who(table, "refused")))
            write(home, table, "2026-04-04-broken", [], broken=refused)
        if event.harmless:
            fine = {**event.says(who(table, "harmless")), **event.harmless}
            write(home, table, "2026-04-04-fine", [], broken=cut(table, fine))


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, bool]]:
    """Of every address that a no is about: whether one of them stands."""
    home = tmp_path_factory.mktemp("noes")
    contracts = read_contracts(PROJECT, every_vendor())
    plant(home)
    load_arrivals(home, contracts, [])
    for table in (*FLAGS, *EVENTS):
        for path in (home / "inbox" / table[0] / table[1]).glob("2026-04-02-*"):
            if path.name.startswith(("2026-04-02-again", "2026-04-02-replaced")):
                other = path.read_text(encoding="utf-8").replace("replaced", "another")
                path.write_text(other, encoding="utf-8")
    load_arrivals(home, contracts, [])
    with duckdb.connect(str(home / "nightpost.duckdb")) as connection:
        write_raw_views(connection, home, contracts, NIGHT)
    assert call_dbt(home, "parse").success
    build(
        home,
        f"resource_type:seed fqn:nightpost.clock +{UNIONED},fqn:nightpost.staging "
        f"{LEDGERS}",
        "fqn:nightpost.staging.steps.cleaned",
    )
    nodes = json.loads((home / "target" / "manifest.json").read_bytes())["nodes"]
    with duckdb.connect(str(home / "nightpost.duckdb")) as connection:
        built = {
            str(name)
            for (name,) in connection.execute(
                "select table_name from information_schema.tables"
            ).fetchall()
        }
        held = [one for one in held_columns(nodes) if one.model in built]
        clean_values(connection, held, home, "GB")
    build(home, f"fqn:nightpost.staging.steps.cleaned {UNIONED} {NOES}")
    with duckdb.connect(str(home / "nightpost.duckdb"), read_only=True) as connection:
        yield dict(
            connection.execute(
                "select email, bool_or(stands) from (select email, lifted_at is null as "
                "stands from intermediate.int_refusals where email is not null union all "
                "select email, true from intermediate.int_consents_unioned "
                "where email is not null and status <> 'granted') group by all"
            ).fetchall()
        )


@pytest.mark.parametrize("table", SAYS_NO, ids="/".join)
def test_every_table_that_can_say_no_speaks_here(table: Table) -> None:
    assert table in {*FLAGS, *EVENTS, *WITHOUT_WORDS}, (
        f"The contract of {'/'.join(table)} says `says_no`: say in tests/vendors/"
        "test_a_no_stands.py how it says no, so that its noes are tried."
    )


@pytest.mark.parametrize("case", [*FLAG_CASES, "refused", "replaced"])
@pytest.mark.parametrize("table", FLAGS, ids="/".join)
def test_a_records_no_stands(
    refusals: dict[str, bool], table: Table, case: str
) -> None:
    assert refusals.get(who(table, case)) is True


@pytest.mark.parametrize("case", ["came_back", "came_back_later"])
@pytest.mark.parametrize("table", FLAGS, ids="/".join)
def test_a_later_yes_of_the_record_takes_its_no_back(
    refusals: dict[str, bool], table: Table, case: str
) -> None:
    assert refusals.get(who(table, case)) is False


@pytest.mark.parametrize("table", FLAGS, ids="/".join)
def test_both_whom_a_no_names_are_meant(
    refusals: dict[str, bool], table: Table
) -> None:
    assert refusals.get(f"second-{who(table, 'two_addresses')}") is True


@pytest.mark.parametrize(
    "case", ["plain", "other_spelling", "untimed", "two", "refused", "replaced"]
)
@pytest.mark.parametrize("table", EVENTS, ids="/".join)
def test_an_events_no_stands(
    refusals: dict[str, bool], table: Table, case: str
) -> None:
    if not EVENTS[table].address and case not in ("plain", "refused"):
        pytest.skip(
            "Its events name a person by id: the address stands in another table."
        )
    assert refusals.get(who(table, case)) is True


@pytest.mark.parametrize(
    "table", [one for one, event in EVENTS.items() if event.harmless], ids="/".join
)
def test_what_clearly_says_something_else_is_no_no(
    refusals: dict[str, bool], table: Table
) -> None:
    assert who(table, "harmless") not in refusals
