"""Splink itself, given our model, weighs pairs as we do: its m, u and levels are Splink's."""

from dataclasses import replace
from typing import Any

import duckdb
import pytest
from splink import DuckDBAPI, Linker, SettingsCreator

from orchestration.identity.linkage.comparisons import COMPARISONS, Comparison
from orchestration.identity.linkage.features import MEANINGS, write_features
from orchestration.identity.linkage.linkage_model import LinkageModel, base_model
from orchestration.identity.linkage.matching import (
    log_odds,
    write_contents,
    write_scores,
)

PEOPLE = (
    ("Ana", "Smith", "ana.smith@example.com", "+447700900001", "1990-01-02", "Leeds"),
    ("Anna", "Smith", "ana.smith@example.org", "+447700900002", "1990-02-01", "Leeds"),
    ("Smith", "Ana", None, "+447700900001", "1990-01-02", "Leed"),
    ("A", "Smyth", "asmyth@example.com", None, "1990-01-03", None),
    ("Ben", "Jones", "ben.jones7@example.com", "+447700900099", "1971-07-09", "York"),
    ("Benjamin", "Jones", "ben.jones9@example.com", None, "1971-07-19", "York"),
    (None, "Jones", "ben@example.com", "+447700900098", "1972-07-09", "New York"),
)
FIELDS = ("first_name", "last_name", "email", "phone", "birth_date", "city")


def as_splink_has_it(comparison: Comparison, model: LinkageModel) -> dict[str, Any]:
    levels = zip(comparison.levels, model.levels[comparison.name], strict=True)
    return {
        "output_column_name": comparison.name,
        "comparison_levels": [
            {
                "sql_condition": level.condition,
                "label_for_charts": level.label,
                "is_null_level": number == 0,
                **({"m_probability": m, "u_probability": u} if number else {}),
            }
            for number, (level, (m, u)) in enumerate(levels)
        ],
    }


def test_splinks_own_prediction_with_our_model_gives_our_weights() -> None:
    model = replace(base_model(), frequencies={})
    compared = [one for one in COMPARISONS if one.name in FIELDS]
    connection = duckdb.connect()
    blank = ", ".join(
        f"null::varchar as {one}" for one in MEANINGS if one not in FIELDS
    )
    rows = ", ".join("(" + ", ".join("?" for _ in range(7)) + ")" for _ in PEOPLE)
    connection.execute(
        f"create temp table given as select *, 'crm' as source, record_id as component_id, "
        f"{blank} from (values {rows}) as people (record_id, {', '.join(FIELDS)})",
        [value for number, row in enumerate(PEOPLE) for value in (str(number), *row)],
    )
    write_features(connection, "given", MEANINGS, "features")
    write_contents(connection, "features")
    connection.execute(
        "create temp table pairs as select one.id as l, other.id as r "
        "from contents as one, contents as other where one.id < other.id"
    )
    write_scores(connection, model, compared, least=-100.0)
    ours = connection.execute("select l, r, evidence_weight from scores").fetchall()

    api = DuckDBAPI(connection)
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="id",
        comparisons=[as_splink_has_it(one, model) for one in compared],
        blocking_rules_to_generate_predictions=[{"blocking_rule": "1=1"}],
        probability_two_random_records_match=model.prior,
    )
    predicted = Linker(api.register("contents"), settings).inference.predict()
    splinks = {
        (left, right): weight
        for left, right, weight in connection.execute(
            f"select id_l, id_r, match_weight from {predicted.physical_name}"
        ).fetchall()
    }

    assert len(ours) == len(splinks) == len(PEOPLE) * (len(PEOPLE) - 1) // 2
    for left, right, evidence in ours:
        with_prior = evidence + log_odds(model.prior)
        assert splinks[left, right] == pytest.approx(with_prior, abs=0.001)
