"""A night on Spark is the night on DuckDB: every relation and every byte that goes out."""

import json
import re
from pathlib import Path

from tests.comparison import (
    ON_DUCKDB,
    ON_SPARK,
    attach_both,
    differences,
    relations,
)
from tests.end_to_end.children import nightpost
from tests.end_to_end.conftest import outbox_bytes
from tests.spark.conftest import NIGHT, Nights


def test_the_night_completes_though_a_worker_died_in_its_middle(nights: Nights) -> None:
    assert nights.ended.code in (0, 3), nights.ended.output
    assert nights.workers_before == 2
    assert nights.workers_after == 1


def test_every_relation_has_the_same_rows(nights: Nights) -> None:
    with attach_both(nights.on_duckdb, nights.on_spark) as connection:
        ours = relations(connection, ON_DUCKDB)
        theirs = relations(connection, ON_SPARK)
        assert ours.keys() == theirs.keys()
        assert len(ours) > 250
        found = differences(connection, {one: (ours[one], theirs[one]) for one in ours})
    assert not found, "\n".join(f"{name}: {how}" for name, how in found.items())


def test_the_outbox_is_the_same_byte_for_byte(nights: Nights) -> None:
    ours = outbox_bytes(nights.on_duckdb, NIGHT.isoformat())
    theirs = outbox_bytes(nights.on_spark, NIGHT.isoformat())
    assert ours.keys() == theirs.keys()
    differing = [name for name in ours if ours[name] != theirs[name]]
    assert not differing


def test_verify_builds_the_night_again_with_duckdb(
    nights: Nights, tmp_path: Path
) -> None:
    ended = nightpost(
        ["verify", "--home", str(nights.on_spark)],
        log=tmp_path / "verify.log",
        environment=nights.spark_environment,
    )
    assert ended.code == 0, ended.output
    assert re.search(r"[0-9]{3} tables with [0-9,]+ rows are the same", ended.output)


def test_there_is_something_to_compare(nights: Nights) -> None:
    outbox = outbox_bytes(nights.on_spark, NIGHT.isoformat())
    manifest = json.loads(outbox["manifest.json"])
    assert sum(name.startswith("payloads/") for name in outbox) >= 4
    assert manifest["as_of_date"] == NIGHT.isoformat()
