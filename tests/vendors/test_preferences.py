"""Stated preferences reach their union, column by column."""

from datetime import datetime

from tests.vendors.conftest import Rows


def test_an_answer_and_a_setting_are_read_column_by_column(rows: Rows) -> None:
    answer, setting = rows(
        "select * exclude (event_id) from intermediate.int_preferences_unioned "
        "order by preference"
    )

    assert answer == {
        "source": "preferences",
        "email": "ana.prefers@example.com",
        "preference": "favourite_category",
        "preference_value": "Küche & Bad",
        "stated_in": "form/signup",
        "stated_at": datetime(2026, 4, 1, 8, 0),
    }
    assert setting == {
        "source": "preferences",
        "email": "ana.prefers@example.com",
        "preference": "frequency",
        "preference_value": "monthly",
        "stated_in": "preference_centre",
        "stated_at": datetime(2026, 4, 4, 10, 0),
    }


def test_unreadable_statements_are_rejected_with_a_reason(rows: Rows) -> None:
    rejected = rows(
        "select rejection_reason from staging.stg_preferences__form_answers__rejected "
        "union all "
        "select rejection_reason from staging.stg_preferences__centre__rejected"
    )

    assert [row["rejection_reason"] for row in rejected] == [
        "email is not a readable email",
        "updated_at is not a readable instant",
    ]
