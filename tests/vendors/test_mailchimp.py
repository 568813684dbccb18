"""Mailchimp's three tables reach the unioned mail events and opt-outs, column by column."""

from datetime import date, datetime
from hashlib import sha256

from tests.vendors.conftest import Rows


def test_a_click_is_read_column_by_column(rows: Rows) -> None:
    (click,) = rows(
        "select * from intermediate.int_email_events_unioned "
        "where source = 'mailchimp' and event_name = 'click'"
    )

    link = "https://shop.example.com/checkout/abc"
    content = f"42694e9e57|ana@example.com|click|{link}|192.0.2.7|2026-04-05 08:01:00"
    assert click == {
        "source": "mailchimp",
        "event_id": sha256(content.encode()).hexdigest(),
        "message_id": "42694e9e57/" + sha256(b"ana@example.com").hexdigest()[:20],
        "email": "ana@example.com",
        "event_name": "click",
        "vendor_event_name": "click",
        "template_id": None,
        "campaign": "42694e9e57",
        "link_url": link,
        "link_kind": "cart",
        "bounce_kind": None,
        "is_machine": False,
        "nightpost_message_id": None,
        "machine_rule": None,
        "user_agent": None,
        "event_at": datetime(2026, 4, 5, 8, 1),
        "export_date": date(2026, 4, 5),
    }


def test_a_report_fetched_again_says_nothing_new(rows: Rows) -> None:
    found = rows(
        "select email, event_name, vendor_event_name, bounce_kind "
        "from intermediate.int_email_events_unioned where source = 'mailchimp'"
    )

    assert sorted(
        tuple(str(value) for value in row.values()) for row in found
    ) == sorted(
        [
            # at one second from two places
            ("ana@example.com", "open", "open", "None"),
            ("ana@example.com", "open", "open", "None"),
            ("ana@example.com", "click", "click", "None"),
            ("gone@example.com", "bounce", "bounce", "hard"),
            ("full@example.com", "bounce", "bounce", "soft"),
            ("leaver@example.com", "unsubscribe", "unsubscribe", "None"),
            ("angry@example.com", "complaint", "abuse", "None"),
            ("reporter@example.com", "complaint", "abuse", "None"),
        ]
    )


def test_who_left_has_left_also_without_a_time(rows: Rows) -> None:
    found = rows(
        "select email, kind, refused_at "
        "from intermediate.int_refusals where source = 'mailchimp' and email is not null"
    )

    assert {tuple(row.values()) for row in found} == {
        ("gone@example.com", "hard_bounce", datetime(2026, 4, 5, 7, 0)),
        ("leaver@example.com", "unsubscribe", datetime(2026, 4, 5, 9, 0)),
        ("angry@example.com", "complaint", datetime(2026, 4, 5, 9, 30)),
        ("reporter@example.com", "complaint", datetime(2026, 4, 5, 10, 0)),
        ("undated@example.com", "unsubscribe", datetime(2026, 4, 5, 23, 0)),
    }


def test_what_cannot_be_read_is_told_as_rejected(rows: Rows) -> None:
    found = rows(
        "select row_number, rejection_reason from staging.stg_mailchimp__activities__rejected "
        "union all select row_number, rejection_reason "
        "from staging.stg_mailchimp__unsubscribes__rejected "
        "union all select row_number, rejection_reason "
        "from staging.stg_mailchimp__abuse_reports__rejected"
    )

    assert {tuple(row.values()) for row in found} == {
        (7, "timestamp is missing"),
        (3, "timestamp is missing"),
        (2, "email_address is missing"),
    }
