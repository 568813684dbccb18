"""Seeds as Parquet for Spark: the values that dbt reads, in the types that dbt gives them."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.building.spark.seed_tables import SeedRefusedError, write_seed

SEED = """\
code,share,rank,is_on,since,why
01,0.10,3,true,2026-01-02,"a, ""quoted"" \\ word"
02,,,,,
,2.5,4,false,2026-02-03,Zoë
"""


def node(folder: Path, text: str, **types: str) -> dict[str, Any]:
    """Return what dbt's manifest says of a seed."""
    (folder / "seed.csv").write_text(text, encoding="utf-8")
    return {
        "root_path": str(folder),
        "original_file_path": "seed.csv",
        "config": {"column_types": types, "delimiter": ","},
    }


def written(folder: Path, seed: dict[str, Any]) -> duckdb.DuckDBPyRelation:
    """Return the rows that Spark will read."""
    with duckdb.connect() as connection:
        write_seed(connection, seed, folder / "lake")
    (file,) = (folder / "lake").iterdir()
    return duckdb.read_parquet(str(file))


def test_stated_types_hold_and_others_are_guessed(tmp_path: Path) -> None:
    seed = node(tmp_path, SEED, code="string", share="decimal(18, 6)")
    rows = written(tmp_path, seed)

    kinds = dict(zip(rows.columns, map(str, rows.types), strict=True))
    assert kinds == {
        "code": "VARCHAR",
        "share": "DECIMAL(18,6)",
        "rank": "INTEGER",
        "is_on": "BOOLEAN",
        "since": "DATE",
        "why": "VARCHAR",
    }
    found = rows.project("code, share::varchar, rank, is_on, since::varchar, why")
    assert found.fetchall() == [
        ("01", "0.100000", 3, True, "2026-01-02", 'a, "quoted" \\ word'),
        ("02", None, None, None, None, None),
        (None, "2.500000", 4, False, "2026-02-03", "Zoë"),
    ]


def test_a_seed_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    rows = written(
        tmp_path, node(tmp_path, "code,rank\n", code="string", rank="integer")
    )

    assert rows.columns == ["code", "rank"]
    assert rows.fetchall() == []


def test_a_value_of_another_type_is_refused(tmp_path: Path) -> None:
    seed = node(tmp_path, "rank\nfirst\n", rank="integer")

    with pytest.raises(
        SeedRefusedError, match=r"seed\.csv is not of the type"
    ) as error:
        written(tmp_path, seed)
    assert "first" not in str(error.value)
