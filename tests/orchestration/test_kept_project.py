"""What dbt parsed is kept with the home, and parsed again when it would come out otherwise."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.building import dbt
from orchestration.building.dbt import Project, parse_project
from orchestration.home.settings import export_environment, read_settings
from tests.conftest import PROJECT

MODEL = "select 1 as number"
SCHEMA = """
models:
  - name: seg_numbers
    description: "{{ doc('numbers') }}"
    config:
      tags: "{{ env_var('NIGHTPOST_TEST_TAG', 'none') }}"
"""
DOCS = "{% docs numbers %}One.{% enddocs %}"
Parse = Callable[[], Project]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one model."""
    folder = tmp_path / "project"
    (folder / "models" / "segments").mkdir(parents=True)
    (tmp_path / "seeds" / "reference").mkdir(parents=True)
    shutil.copyfile(PROJECT / "profiles.yml", folder / "profiles.yml")
    (folder / "dbt_project.yml").write_text(
        "name: nightpost\nprofile: nightpost\nseed-paths: [../seeds/reference]\n"
    )
    (folder / "models" / "segments" / "seg_numbers.sql").write_text(MODEL)
    (folder / "models" / "_segments.yml").write_text(SCHEMA)
    (folder / "models" / "docs.md").write_text(DOCS)
    return folder


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every call of dbt's own parse."""
    called: list[str] = []

    class Counting(dbt.dbtRunner):
        def invoke(self, arguments: list[str], **more: object) -> object:
            called.append("parse")
            return super().invoke(arguments, **more)

    monkeypatch.setattr(dbt, "dbtRunner", Counting)
    return called


@pytest.fixture
def parse(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parse:
    """Parse the project for one home."""
    monkeypatch.setenv("NIGHTPOST_PROJECT_DIR", str(project))
    settings = read_settings(tmp_path / "home")
    export_environment(settings)
    return lambda: parse_project(settings)


def test_an_unchanged_project_is_not_parsed_again(
    parse: Parse, parses: list[str]
) -> None:
    first = parse()
    second = parse()

    assert parses == ["parse"]
    assert second.plain == first.plain
    assert second.manifest.nodes.keys() == first.manifest.nodes.keys()
    assert second.manifest.child_map == first.manifest.child_map
    assert second.is_segment("model.nightpost.seg_numbers")


def test_a_changed_file_is_parsed(
    parse: Parse, parses: list[str], tmp_path: Path
) -> None:
    parse()
    for number, path in enumerate(
        (
            "project/models/segments/seg_numbers.sql",
            "project/models/docs.md",
            "seeds/reference/new.csv",
        ),
        start=2,
    ):
        with (tmp_path / path).open("a") as file:
            file.write("\n")
        parse()
        parse()
        assert parses == ["parse"] * number, path

    kept = [path for path in tmp_path.rglob(f"{dbt.PARSED}*") if path.is_file()]
    assert len(kept) == 2


def test_what_dbt_left_by_hand_is_not_parsed(
    parse: Parse, parses: list[str], project: Path
) -> None:
    parse()
    (project / "target").mkdir()
    (project / "target" / "manifest.json").write_text("{}")
    parse()

    assert parses == ["parse"]


def test_a_variable_that_decided_something_is_asked_again(
    parse: Parse, parses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tags(parse()) == ["none"]
    monkeypatch.setenv("NIGHTPOST_TEST_TAG", "many")
    assert tags(parse()) == ["many"]
    monkeypatch.delenv("NIGHTPOST_TEST_TAG")
    assert tags(parse()) == ["none"]


def tags(project: Project) -> list[str]:
    found: list[str] = project.plain["nodes"]["model.nightpost.seg_numbers"]["tags"]
    return found
