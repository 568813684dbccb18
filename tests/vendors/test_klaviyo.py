"""Klaviyo's events find their people and reach the unioned mail events, column by column."""

from datetime import date, datetime

from tests.vendors.conftest import Rows


def test_a_click_is_read_column_by_column(rows: Rows) -> None:
    (click,) = rows(
        "select * from intermediate.int_email_events_unioned "
        "where source = 'klaviyo' and event_name = 'click'"
    )

    assert click == {
        "source": "klaviyo",
        "event_id": "kl-4",
        "message_id": "01KCAMPAIGN/01KPERSON1",
        "email": "ana@example.com",
        "event_name": "click",
        "vendor_event_name": "clicked email",
        "template_id": None,
        "campaign": "Spring news",
        "link_url": "https://shop.example.com/collections/new/products/mug",
        "link_kind": "product",
        "bounce_kind": None,
        "is_machine": False,
        "nightpost_message_id": None,
        "machine_rule": None,
        "user_agent": None,
        "event_at": datetime(2026, 4, 5, 8, 1),
        "export_date": date(2026, 4, 5),
    }


def test_only_mail_stands_once_and_with_the_newest_address(rows: Rows) -> None:
    found = rows(
        "select event_id, email, event_name, bounce_kind, machine_rule "
        "from intermediate.int_email_events_unioned where source = 'klaviyo'"
    )
    told = {row.pop("event_id"): tuple(row.values()) for row in found}

    assert told == {
        "kl-1": ("ana@example.com", "delivered", None, None),
        "kl-2": ("ana@example.com", "open", None, "vendor_flag"),
        "kl-3": ("ana@example.com", "open", None, None),
        "kl-4": ("ana@example.com", "click", None, None),
        "kl-5": ("full@example.com", "bounce", "soft", None),
        "kl-6": ("gone@example.com", "bounce", "hard", None),
        "kl-7": ("ana@example.com", "unsubscribe", None, None),
        "kl-9": (None, "dropped", None, None),
    }
    assert len(found) == len(told)


def test_a_mail_of_a_flow_says_which(rows: Rows) -> None:
    (mail,) = rows(
        "select message_id, template_id from intermediate.int_email_events_unioned "
        "where event_id = 'kl-7'"
    )

    assert mail == {
        "message_id": "01KFLOWMSG/01KPERSON1",
        "template_id": "01KFLOWMSG",
    }


def test_an_opt_out_holds_for_every_address_of_the_person(rows: Rows) -> None:
    found = rows(
        "select email, kind, refused_at "
        "from intermediate.int_refusals where source = 'klaviyo' and email is not null"
    )

    assert {tuple(row.values()) for row in found} == {
        ("ana.old@example.com", "unsubscribe", datetime(2026, 4, 5, 9, 0)),
        ("ana@example.com", "unsubscribe", datetime(2026, 4, 5, 9, 0)),
        ("full@example.com", "complaint", datetime(2026, 4, 5, 23, 0)),
        ("gone@example.com", "hard_bounce", datetime(2026, 4, 5, 7, 0, 2)),
    }


def test_what_cannot_be_read_is_told_as_rejected(rows: Rows) -> None:
    found = rows(
        "select row_number, rejection_reason "
        "from staging.stg_klaviyo__email_events__rejected "
        "union all select row_number, rejection_reason "
        "from staging.stg_klaviyo__people__rejected"
    )

    assert {tuple(row.values()) for row in found} == {
        (9, "datetime is not a readable utc_time"),
        (5, "id is missing"),
    }
