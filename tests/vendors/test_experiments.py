"""Assignments of experiments elsewhere reach their union, column by column."""

from datetime import datetime

from tests.vendors.conftest import Rows


def test_an_assignment_is_read_column_by_column_and_stands_once(rows: Rows) -> None:
    control, treatment = rows(
        "select * exclude (event_id) "
        "from intermediate.int_experiment_assignments_unioned order by variant"
    )

    assert control == {
        "source": "experiments",
        "experiment": "subject_line",
        "variant": "control",
        "person_key": "ana.tested@example.com",
        "assigned_at": datetime(2026, 4, 3, 8, 0),
    }
    assert treatment["person_key"] == "shopify/42"


def test_an_assignment_of_nobody_is_rejected(rows: Rows) -> None:
    rejected = rows("select * from staging.stg_experiments__assignments__rejected")

    assert [row["rejection_reason"] for row in rejected] == ["person_key is missing"]
