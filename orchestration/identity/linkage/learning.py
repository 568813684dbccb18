"""Train a linkage model on a night's records, and promote it where it is not worse.

There are no labels, so two models are compared by what is known without them: records that
a trusted identifier ties together are one person's (how many of those pairs would the
model find, identifiers left out?), and pairs whose first names or birth dates contradict
each other are two people's (how many would it take for one?).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from orchestration.home.locks import night_lock
from orchestration.home.redaction import redact
from orchestration.home.settings import Settings
from orchestration.identity.linkage.blocking import write_pairs
from orchestration.identity.linkage.comparisons import Comparison
from orchestration.identity.linkage.linkage import comparisons_of, read_records
from orchestration.identity.linkage.linkage_model import LinkageModel, base_model
from orchestration.identity.linkage.matching import (
    find_blocks,
    find_prior,
    log_odds,
    write_contents,
    write_scores,
)
from orchestration.identity.linkage.model_state import keep_model, model_of
from orchestration.identity.linkage.training import train

FEWEST_CONTENTS = 1_000
# What is counted on a night's records varies by so much without meaning anything.
KNOWN_TOLERANCE, CONTRADICTED_TOLERANCE = 0.01, 0.001
SAMPLED_PAIRS = 100_000
IDENTIFIERS = ("email", "phone")
# A name or town that so many records share is kept with the model; a rarer one is not.
LISTED_FROM = 10


class CannotTrainError(Exception):
    """There is nothing to learn from; the message says what is missing."""


@dataclass(frozen=True)
class Trained:
    """A model, whether it serves the nights after its own, and where it is kept."""

    model: LinkageModel
    is_promoted: bool
    path: Path

    def sentence(self) -> str:
        """Return what to tell a person."""
        found = self.model.evaluation
        verdict = (
            "It serves the nights after its own."
            if self.is_promoted
            else "It is worse than the model in use, which stays."
        )
        return (
            f"Model {self.model.model_id}, from {found['contents']:,} different records: it "
            f"finds {found['known_found']:.1%} of {found['known']:,} known pairs "
            f"({found['known_found_before']:.1%} before) and takes "
            f"{found['contradicted']:.2%} contradicting pairs for one person "
            f"({found['contradicted_before']:.2%} before). {verdict}"
        )


def train_model(settings: Settings, night: date) -> Trained:
    """Train on the records of the working warehouse and keep the model under ``night``.

    Raises:
        CannotTrainError: no night was built, or it has too few records.
        NightRunningError: a night is running on this home.
        ModelDamagedError: the model in use cannot be read.
    """
    with night_lock(settings.home, wait=False):
        if not settings.warehouse.exists():
            raise CannotTrainError(
                "No night was built here; run one with `nightpost run`, then train."
            )
        in_use = model_of(settings, night)
        try:
            with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
                model, is_better = learn(connection, in_use)
        except duckdb.Error as error:
            raise CannotTrainError(
                "The warehouse's records cannot be read; run a night, then train. "
                f"The engine says: {redact(str(error))}"
            ) from None
        path = keep_model(settings, night, model, is_promoted=is_better)
    return Trained(model, is_better, path)


def learn(
    connection: duckdb.DuckDBPyConnection, in_use: LinkageModel
) -> tuple[LinkageModel, bool]:
    """Return the model of the night's records, and whether it is no worse than ``in_use``.

    Raises:
        CannotTrainError: there are too few records.
    """
    read_records(connection)
    write_contents(connection, "features")
    comparisons = comparisons_of(base_model())
    (contents,) = connection.execute("select count(*) from contents").fetchone() or (0,)
    if contents < FEWEST_CONTENTS:
        raise CannotTrainError(
            f"{contents:,} different records are too few to learn from "
            f"({FEWEST_CONTENTS:,} are needed); the base model serves."
        )
    found = train(connection, comparisons, "contents", LISTED_FROM)
    # what a model is worth shows in a sample, however many records there are
    find_blocks(connection, comparisons)
    thin = write_pairs(connection, SAMPLED_PAIRS)
    write_scores(connection, found, comparisons)
    # only pairs that no identifier ties together are the night's question
    connection.execute(
        "delete from scores where (l, r) in (select one.id, other.id from members as one "
        "inner join members as other using (component_id))"
    )
    found = replace(found, prior=find_prior(connection, contents, thin))
    before = measure(connection, in_use, comparisons_of(in_use))
    now = measure(connection, found, comparisons)
    is_better = (
        now[0] >= before[0] - KNOWN_TOLERANCE
        and now[1] <= before[1] + CONTRADICTED_TOLERANCE
    )
    evaluation = {
        "contents": contents,
        "known": now[2],
        "known_found": now[0],
        "known_found_before": before[0],
        "contradicted": now[1],
        "contradicted_before": before[1],
        "compared_with": in_use.model_id,
    }
    return replace(found, evaluation=evaluation), is_better


def measure(
    connection: duckdb.DuckDBPyConnection,
    model: LinkageModel,
    comparisons: Sequence[Comparison],
) -> tuple[float, float, int]:
    """Return the share of known pairs found, of contradictions taken, and known pairs."""
    bits = log_odds(model.certain) - log_odds(model.prior)
    connection.execute(
        "create or replace temp table known_pairs as "
        "select distinct one.id as l, other.id as r from members as one "
        "inner join members as other using (component_id) where one.id < other.id "
        f"order by l, r limit {SAMPLED_PAIRS}"
    )
    write_scores(connection, model, comparisons, "known_pairs")
    without = " - ".join(
        ("evidence_weight", *(f"w_{one}" for one in IDENTIFIERS if one in model.levels))
    )
    known, found = connection.execute(
        "select (select count(*) from known_pairs), "
        f"(select count(*) from scores where {without} >= {bits!r})"
    ).fetchone() or (0, 0)
    write_scores(connection, model, comparisons, least=bits)
    certain, contradicted = connection.execute(
        "select count(*), count(*) filter (x_first_name or x_birth_date) "
        f"from scores where evidence_weight >= {bits!r}"
    ).fetchone() or (0, 0)
    return (
        round(found / known, 6) if known else 1.0,
        round(contradicted / certain, 6) if certain else 0.0,
        int(known),
    )
