"""The generic test `key` returns what breaks a key, and nothing else."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

GOOD = ("a+b", "a", "b", 2, 1)


@pytest.fixture
def key_test(manifest: dict[str, Any]) -> str:
    """The compiled key test of a mart whose other columns always have a value."""
    (sql,) = (
        node["compiled_code"]
        for node in manifest["nodes"].values()
        if node.get("attached_node") == "model.nightpost.product_pairs"
        and node["test_metadata"]["name"] == "key"
    )
    return str(sql)


@pytest.mark.parametrize(
    ("rows", "broken"),
    [
        pytest.param([], [], id="no rows"),
        pytest.param([GOOD, ("b+a", "b", "a", 2, 1)], [], id="two keys"),
        pytest.param([GOOD, GOOD], [("a+b", 2)], id="a key twice"),
        pytest.param([(None, *GOOD[1:])], [(None, 1)], id="an empty key"),
        pytest.param([(*GOOD[:4], None)], [("a+b", 1)], id="a value is missing"),
    ],
)
def test_a_key_that_is_none_is_returned(
    tmp_path: Path,
    key_test: str,
    rows: list[tuple[object, ...]],
    broken: list[tuple[object, ...]],
) -> None:
    with duckdb.connect(str(tmp_path / "nightpost.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.product_pairs (pair_id text, sku text, other_sku text, "
            "order_count integer, place integer)"
        )
        for row in rows:
            connection.execute(
                "insert into marts.product_pairs values (?, ?, ?, ?, ?)", row
            )

        assert connection.execute(key_test).fetchall() == broken
