"""Our own webhook layout reaches the unioned mail events and opt-outs, column by column."""

from datetime import date, datetime
from hashlib import sha256

from tests.vendors.conftest import Rows

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15"


def test_a_click_without_an_id_is_read_column_by_column(rows: Rows) -> None:
    (click,) = rows(
        "select * from intermediate.int_email_events_unioned "
        "where source = 'webhook' and event_name = 'click'"
    )

    link = "https://shop.example.com/cart"
    content = f"click|wm-1|ana@example.com|{link}|2026-04-05 09:01:00.25"
    assert click == {
        "source": "webhook",
        "event_id": sha256(content.encode()).hexdigest(),
        "message_id": "wm-1",
        "email": "ana@example.com",
        "event_name": "click",
        "vendor_event_name": "click",
        "template_id": "spring",
        "campaign": "spring-2026",
        "link_url": link,
        "link_kind": "cart",
        "bounce_kind": None,
        "is_machine": False,
        "nightpost_message_id": None,
        "machine_rule": None,
        "user_agent": IPHONE,
        "event_at": datetime(2026, 4, 5, 9, 1, 0, 250000),
        "export_date": date(2026, 4, 5),
    }


def test_each_event_before_midnight_stands_once(rows: Rows) -> None:
    found = rows(
        "select event_name, bounce_kind, machine_rule, event_at "
        "from intermediate.int_email_events_unioned "
        "where source = 'webhook' and event_name <> 'click' order by event_id"
    )

    assert [tuple(row.values()) for row in found] == [
        ("sent", None, None, datetime(2026, 4, 5, 8, 0)),
        ("delivered", None, None, datetime(2026, 4, 5, 8, 0, 3)),
        ("open", None, "fast_open", datetime(2026, 4, 5, 8, 0, 5)),
        ("open", None, None, datetime(2026, 4, 5, 9, 0)),
        ("bounce", "soft", None, datetime(2026, 4, 5, 8, 0, 4)),
        ("bounce", "hard", None, datetime(2026, 4, 5, 8, 0, 4)),
    ]


def test_who_left_has_left_also_undated_and_at_midnight(rows: Rows) -> None:
    found = rows(
        "select email, kind, refused_at "
        "from intermediate.int_refusals where source = 'webhook' and email is not null"
    )

    assert {tuple(row.values()) for row in found} == {
        ("gone@example.com", "hard_bounce", datetime(2026, 4, 5, 8, 0, 4)),
        ("undated@example.com", "unsubscribe", datetime(2026, 4, 5, 23, 0)),
        ("angry@example.com", "complaint", datetime(2026, 4, 5, 23, 0)),
    }


def test_a_time_without_an_offset_is_told_as_rejected(rows: Rows) -> None:
    (rejected,) = rows(
        "select row_number, rejection_reason from staging.stg_webhook__events__rejected"
    )

    assert rejected == {
        "row_number": 9,
        "rejection_reason": "timestamp is not a readable instant",
    }
