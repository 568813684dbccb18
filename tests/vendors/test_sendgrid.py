"""SendGrid's webhook posts reach the unioned mail events and opt-outs, column by column."""

import json
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.loads import load_arrivals
from orchestration.arrivals.raw_views import write_raw_views
from tests.conftest import NIGHT, PROJECT, REPOSITORY, every_vendor
from tests.vendors.conftest import Rows
from tests.vendors.real_data import real_file

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15"


def test_a_click_is_read_column_by_column(rows: Rows) -> None:
    (click,) = rows(
        "select * from intermediate.int_email_events_unioned "
        "where source = 'sendgrid' and event_name = 'click'"
    )

    assert click == {
        "source": "sendgrid",
        "event_id": "sg-5",
        "message_id": "m1.filter0001.1",
        "email": "ana@example.com",
        "event_name": "click",
        "vendor_event_name": "click",
        "template_id": "d-spring",
        "campaign": "spring-2026",
        "link_url": "https://shop.example.com/products/mug?utm_source=mail",
        "link_kind": "product",
        "bounce_kind": None,
        "is_machine": False,
        "nightpost_message_id": None,
        "machine_rule": None,
        "user_agent": IPHONE,
        "event_at": datetime(2026, 4, 5, 9, 1),
        "export_date": date(2026, 4, 5),
    }


def test_each_event_stands_once_with_what_only_it_says(rows: Rows) -> None:
    found = rows(
        "select event_id, event_name, template_id, campaign, bounce_kind, machine_rule "
        "from intermediate.int_email_events_unioned where source = 'sendgrid'"
    )
    told = {row.pop("event_id"): tuple(row.values()) for row in found}

    assert told == {
        "sg-1": ("sent", "d-spring", "spring-2026", None, None),
        "sg-2": ("delivered", "d-spring", "spring-2026", None, None),
        "sg-3": ("open", "d-0f1e", "Frühling ☀", None, "vendor_flag"),
        "sg-4": ("open", "d-spring", "spring-2026", None, None),
        "sg-5": ("click", "d-spring", "spring-2026", None, None),
        "sg-6": ("bounce", None, None, "soft", None),
        "sg-7": ("bounce", None, None, "hard", None),
        "sg-8": ("unsubscribe", None, None, None, None),
        "sg-11": ("other", None, None, None, None),
    }
    assert len(found) == len(told)


def test_a_repeated_post_is_two_deliveries(rows: Rows) -> None:
    deliveries = rows(
        "select row_number from history.intermediate.int_email_event_deliveries "
        "where event_id = 'sg-4' order by row_number"
    )

    assert [row["row_number"] for row in deliveries] == [4, 6]


def test_who_left_has_left_also_undated_and_after_midnight(rows: Rows) -> None:
    found = rows(
        "select email, kind, refused_at "
        "from intermediate.int_refusals where source = 'sendgrid' and email is not null"
    )

    assert {tuple(row.values()) for row in found} == {
        ("gone@example.com", "hard_bounce", datetime(2026, 4, 5, 8, 0, 11)),
        ("leaver@example.com", "unsubscribe", datetime(2026, 4, 5, 9, 23, 20)),
        ("undated@example.com", "unsubscribe", datetime(2026, 4, 5, 23, 0)),
        ("angry@example.com", "complaint", datetime(2026, 4, 6, 9, 0)),
    }


def test_an_event_without_a_readable_time_is_told_as_rejected(rows: Rows) -> None:
    (rejected,) = rows(
        "select row_number, rejection_reason from staging.stg_sendgrid__events__rejected"
    )

    assert rejected == {
        "row_number": 10,
        "rejection_reason": "timestamp is not a readable epoch_seconds",
    }


@pytest.fixture
def example() -> str:
    """SendGrid's own example: one array over many lines, with a byte order mark."""
    file = real_file("vendor_layouts/sendgrid_event_webhook.json")
    return file.read_text(encoding="utf-8")


def land(home: Path, text: str) -> Path:
    """Write ``text`` as tonight's file of SendGrid events into a new inbox."""
    folder = home / "inbox/sendgrid/events"
    folder.mkdir(parents=True)
    (folder / "2026-04-05.jsonl").write_text(text, encoding="utf-8")
    return home


def test_an_array_over_several_lines_is_held_back(example: str, tmp_path: Path) -> None:
    report = load_arrivals(
        land(tmp_path, example), read_contracts(PROJECT, every_vendor()), []
    )

    assert not report.loaded
    assert "not one of its rows could be read" in report.held[0].reason


def test_sendgrids_own_example_is_read_event_by_event(
    example: str, tmp_path: Path, compiled_sql: dict[str, str]
) -> None:
    events = json.loads(example.removeprefix("\ufeff"))
    contracts = read_contracts(PROJECT, every_vendor())
    # One POST body a line is what a webhook writes; the mark stays.
    load_arrivals(land(tmp_path, "\ufeff" + json.dumps(events) + "\n"), contracts, [])
    with duckdb.connect(str(tmp_path / "nightpost.duckdb")) as connection:
        write_raw_views(connection, tmp_path, contracts, NIGHT)
        names = REPOSITORY / "seeds/reference/email_event_names.csv"
        connection.execute("create schema reference; create schema clock")
        connection.execute(
            f"create table reference.email_event_names as from read_csv('{names}')"
        )
        connection.execute(
            "create table clock.run_context as select timestamp '2026-04-05 23:00' as as_of_at"
        )
        found = connection.execute(
            "select row_number, email, vendor_event_name, event_name, bounce_kind, "
            f"event_at, link_url is null from ({compiled_sql['stg_sendgrid__events']}) "
            "order by row_number"
        ).fetchall()
        opt_outs = connection.execute(
            f"select kind from ({compiled_sql['stg_sendgrid__opt_outs']}) order by all"
        ).fetchall()

    at = datetime(2017, 12, 15, 0, 59, 29)
    assert found == [
        (place, "example@test.com", words, ours, kind, at, words not in linked)
        for linked in [{"click", "group_unsubscribe", "group_resubscribe"}]
        for place, (words, ours, kind) in enumerate(
            [
                ("processed", "sent", None),
                ("deferred", "deferred", None),
                ("delivered", "delivered", None),
                ("open", "open", None),
                ("click", "click", None),
                ("bounce", "bounce", "hard"),
                ("dropped", "dropped", None),
                ("spamreport", "complaint", None),
                ("unsubscribe", "unsubscribe", None),
                ("group_unsubscribe", "unsubscribe", None),
                ("group_resubscribe", "other", None),
            ],
            1,
        )
    ]
    assert opt_outs == [
        ("complaint",),
        ("hard_bounce",),
        ("hard_bounce",),
        ("unsubscribe",),
        ("unsubscribe",),
    ]
