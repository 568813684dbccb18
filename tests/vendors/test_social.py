"""Engagements on social networks reach their union, column by column."""

from datetime import date, datetime
from hashlib import sha256

from tests.vendors.conftest import Rows


def test_an_engagement_is_read_column_by_column(rows: Rows) -> None:
    (like,) = rows(
        "select * from intermediate.int_social_engagements_unioned where kind = 'like'"
    )

    assert like == {
        "source": "social",
        "event_id": "instagram/ig-1",
        "network": "instagram",
        "handle": "zoë.shops",
        "email_sha256": sha256(b"ana@example.com").hexdigest(),
        "kind": "like",
        "content_id": "post-1",
        "engaged_at": datetime(2026, 4, 5, 8, 0),
        "export_date": date(2026, 4, 5),
    }


def test_each_engagement_before_midnight_stands_once(rows: Rows) -> None:
    found = rows(
        "select event_id, handle, email_sha256, kind, content_id, engaged_at "
        "from intermediate.int_social_engagements_unioned where kind <> 'like' "
        "order by kind"
    )

    content = "zoë.shops||share|post, 2|2026-04-05 08:00:00"
    assert [tuple(row.values()) for row in found] == [
        ("instagram/ig-2", "zoë.shops", None, "comment", "post-1", datetime(2026, 4, 5, 8, 5)),
        (
            "facebook/" + sha256(content.encode()).hexdigest(),
            "zoë.shops", None, "share", "post, 2", datetime(2026, 4, 5, 8, 0),
        ),
        ("tiktok/tt-1", None, None, "unfollow", None, datetime(2026, 4, 5, 22, 59, 59)),
    ]  # fmt: skip


def test_a_time_without_an_offset_is_told_as_rejected(rows: Rows) -> None:
    (rejected,) = rows(
        "select row_number, rejection_reason from staging.stg_social__engagements__rejected"
    )

    assert rejected == {
        "row_number": 7,
        "rejection_reason": "engaged_at is not a readable instant",
    }
