"""The demo writes the same bytes every time, whole files, and too little is refused."""

import ast
import hashlib
import os
import stat
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.command.main import app
from seeds.demo import generate

from .conftest import DAYS, LAST_DAY, PEOPLE, Demo

REPOSITORY = Path(__file__).parents[2]
ALLOWED = {"numpy", "pandas", "pyarrow", "orjson", "seeds"}


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_the_same_arguments_give_the_same_bytes(demo: Demo, tmp_path: Path) -> None:
    inbox, facts = tmp_path / "inbox", tmp_path / "demo_truth"

    generate(inbox, facts, people=PEOPLE, days=DAYS, last_day=LAST_DAY)

    assert digests(inbox) == digests(demo.inbox)
    assert digests(facts) == digests(demo.facts)


def test_another_seed_gives_other_people(demo: Demo, tmp_path: Path) -> None:
    inbox, facts = tmp_path / "inbox", tmp_path / "demo_truth"

    generate(inbox, facts, people=PEOPLE, days=DAYS, seed=8, last_day=LAST_DAY)

    same = digests(facts).items() & digests(demo.facts).items()
    assert not same


def test_another_calendar_and_size_work_too(tmp_path: Path) -> None:
    receipt = generate(
        tmp_path / "inbox",
        tmp_path / "demo_truth",
        people=100,
        days=10,
        last_day=date(2024, 11, 3),
    )

    assert receipt.rows["ga4/events"] > 0
    assert receipt.total_rows == sum(receipt.rows.values())


def test_people_of_several_blocks_share_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seeds.demo.generator.BLOCK", 150)
    inbox, facts = tmp_path / "inbox", tmp_path / "demo_truth"
    receipt = generate(inbox, facts, people=400, days=10)

    records = Demo(inbox, facts, receipt).truth("records")
    owners = records.dropna().groupby(["source", "record_key"])["person_id"].nunique()
    shared = owners[owners > 1].reset_index()
    assert set(shared["source"]) == {"email"}
    assert shared["record_key"].str.startswith("office").all()


def test_too_few_people_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ask for 100 people"):
        generate(tmp_path / "inbox", tmp_path / "demo_truth", people=99)
    asked = CliRunner().invoke(app, ["demo", "--days", "5", "--home", str(tmp_path)])

    assert (asked.exit_code, "10 days or more" in asked.output) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_no_unfinished_file_is_left_and_all_are_private(demo: Demo) -> None:
    names = {path.name for path in demo.inbox.parent.iterdir()}
    files = [path for path in demo.inbox.rglob("*") if path.is_file()]

    assert names == {"inbox", "demo_truth"}
    assert demo.receipt.files == len(files)
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_the_generator_imports_nothing_of_the_code_under_test() -> None:
    found = set()
    for path in (REPOSITORY / "seeds/demo").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])

    assert not found & {"orchestration", "exporters", "dagster", "dbt", "duckdb"}
    assert found & ALLOWED == found & {"numpy", "pandas", "pyarrow", "orjson", "seeds"}
