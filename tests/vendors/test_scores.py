"""Scores made elsewhere reach their union, column by column."""

from datetime import datetime
from decimal import Decimal

from tests.vendors.conftest import Rows


def test_a_score_is_read_column_by_column(rows: Rows) -> None:
    found = rows(
        "select * from intermediate.int_scores_unioned order by model, score desc"
    )

    assert found[1] == {
        "source": "scores",
        "model": "churn_risk",
        "model_version": "2026.03",
        "person_key": "ana.scored@example.com",
        "item": None,
        "item_rank": None,
        "score": Decimal("0.123457"),
        "scored_at": datetime(2026, 4, 5, 0, 0),
    }
    assert found[2] == {
        "source": "scores",
        "model": "next_product",
        "model_version": "7",
        "person_key": "ana.scored@example.com",
        "item": "MUG-1",
        "item_rank": 1,
        "score": Decimal("0.900000"),
        "scored_at": datetime(2026, 4, 5, 1, 0),
    }
    assert len(found) == 4


def test_a_person_is_found_by_the_record_of_a_crm(rows: Rows) -> None:
    (score,) = rows(
        "select scores.profile_id, resolved.profile_id as contact "
        "from intermediate.int_scores_attributed as scores "
        "inner join intermediate.int_identities_resolved as resolved "
        "on resolved.identifier = 'email:anna.lindqvist@example.com' "
        "where scores.person_key = 'salesforce/003Aa000001AAAAIA4'"
    )

    assert score["profile_id"] == score["contact"]


def test_what_is_not_finite_out_of_range_or_another_models_is_rejected(
    rows: Rows,
) -> None:
    rejected = rows(
        "select rejection_reason from staging.stg_scores__churn_risk__rejected "
        "order by row_number"
    )

    assert [row["rejection_reason"] for row in rejected] == [
        "person_key is not a readable person_key",
        "score is not a readable score",
        "score is not a readable score",
        "score is not from 0 to 1",
        "model is none of churn_risk",
    ]
