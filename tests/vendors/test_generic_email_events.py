"""Mail events in our own CSV layout reach the unions, column by column."""

from datetime import date, datetime

from tests.vendors.conftest import Rows

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15"


def test_a_click_is_read_column_by_column(rows: Rows) -> None:
    (click,) = rows(
        "select * from intermediate.int_email_events_unioned "
        "where source = 'generic' and event_name = 'click'"
    )

    assert click == {
        "source": "generic",
        "event_id": "g-4",
        "message_id": "gm-1",
        "email": "ana@example.com",
        "event_name": "click",
        "vendor_event_name": "click",
        "template_id": "spring",
        "campaign": "Frühling, 2026",
        "link_url": "https://shop.example.com/?x=1",
        "link_kind": "home",
        "bounce_kind": None,
        "is_machine": False,
        "nightpost_message_id": None,
        "machine_rule": None,
        "user_agent": IPHONE,
        "event_at": datetime(2026, 4, 5, 10, 1),
        "export_date": date(2026, 4, 5),
    }


def test_each_event_stands_once_and_an_unknown_word_is_kept(rows: Rows) -> None:
    found = rows(
        "select event_id, message_id, event_name, vendor_event_name, bounce_kind, "
        "machine_rule from intermediate.int_email_events_unioned "
        "where source = 'generic' and event_name <> 'click' order by event_id"
    )

    assert [tuple(row.values()) for row in found] == [
        ("g-1", "gm-1", "delivered", "delivered", None, None),
        ("g-2", "gm-1", "open", "open", None, "user_agent"),
        ("g-3", "gm-1", "open", "open", None, None),
        ("g-5", "g-5", "bounce", "bounce", "hard", None),
        ("g-7", "gm-1", "other", "forwarded", None, None),
    ]


def test_an_undated_opt_out_is_rejected_as_an_event_and_holds(rows: Rows) -> None:
    opt_outs = rows(
        "select email, kind, refused_at "
        "from intermediate.int_refusals where table_name = 'email_events' "
        "and email is not null"
    )
    rejected = rows(
        "select row_number, rejection_reason "
        "from staging.stg_generic__email_events__rejected"
    )

    assert {tuple(row.values()) for row in opt_outs} == {
        ("gone@example.com", "hard_bounce", datetime(2026, 4, 5, 7, 0, 4)),
        ("undated@example.com", "unsubscribe", datetime(2026, 4, 5, 23, 0)),
    }
    assert rejected == [
        {
            "row_number": 7,
            "rejection_reason": "occurred_at is not a readable instant",
        }
    ]
