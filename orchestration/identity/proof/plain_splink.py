"""Splink as its tutorial sets it up, for the same columns: what the linkage is held against.

https://moj-analytical-services.github.io/splink/demos/tutorials/04_Estimating_model_parameters.html
"""

import logging
import time
from collections.abc import Collection
from typing import Any

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from orchestration.home.tables import end_result

PREDICTED_FROM, CLUSTERED_FROM = 0.2, 0.5
# A field that would pair more than these, as a country does, is no ordinary blocking.
MOST_PAIRS = 2_000_000


def run_plain_splink(
    connection: duckdb.DuckDBPyConnection, meanings: Collection[str], into: str
) -> float:
    """Write temp table ``into`` (component_id, g) of `given`; return the seconds it took.

    The tutorial's comparisons by meaning, its training rules as far as the columns are
    there, its thresholds: pairs from 0.2, clusters from 0.5. Pairs are those that agree in
    one field, each field once.
    """
    start = time.perf_counter()
    comparisons = [make for name, make in _comparisons().items() if name in meanings]
    rules = [name for name in _comparisons() if pairs_by(connection, name, meanings)]
    end_result(connection)
    api = DuckDBAPI(connection)
    linker = Linker(
        api.register("given"),
        SettingsCreator(
            link_type="dedupe_only",
            unique_id_column_name="component_id",
            comparisons=comparisons,
            blocking_rules_to_generate_predictions=[block_on(one) for one in rules],
        ),
    )
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    sure: list[Any] = [
        block_on(*one)
        for one in (
            ("first_name", "birth_date"),
            ("first_name", "last_name"),
            ("email",),
        )
        if set(one) <= set(meanings)
    ]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=7)
    for one in (("first_name", "last_name"), ("birth_date",)):
        if set(one) <= set(meanings):
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(*one)
            )
    predictions = linker.inference.predict(threshold_match_probability=PREDICTED_FROM)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predictions, threshold_match_probability=CLUSTERED_FROM
    )
    connection.execute(
        f"create or replace temp table {into} as select component_id, cluster_id as g "
        f"from {clusters.physical_name}"
    )
    return time.perf_counter() - start


def pairs_by(
    connection: duckdb.DuckDBPyConnection, name: str, meanings: Collection[str]
) -> bool:
    """Tell whether ``name`` is there and pairs some records, and not too many."""
    if name not in meanings:
        return False
    (pairs,) = connection.execute(
        "select coalesce(sum(records * (records - 1) / 2), 0) from "
        f"(select count(*) as records from given where {name} is not null group by {name})"
    ).fetchone() or (0,)
    return bool(0 < pairs <= MOST_PAIRS)


def _comparisons() -> dict[str, Any]:
    return {
        "first_name": cl.NameComparison("first_name"),
        "last_name": cl.NameComparison("last_name"),
        "birth_date": cl.LevenshteinAtThresholds("birth_date", 1),
        "city": cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        "email": cl.EmailComparison("email"),
        "phone": cl.ExactMatch("phone"),
        "postal_code": cl.LevenshteinAtThresholds("postal_code", 2),
        "street": cl.LevenshteinAtThresholds("street", 2),
        "region": cl.ExactMatch("region"),
        "country": cl.ExactMatch("country"),
        "gender": cl.ExactMatch("gender"),
    }
