"""A run id changes with what goes in, and with nothing else."""

import ast
from datetime import date
from importlib.metadata import packages_distributions
from pathlib import Path

import duckdb

from orchestration.home.fingerprints import (
    ENGINES,
    code_digest,
    run_id,
    segment_digests,
    state_digest,
)
from orchestration.home.settings import Settings, read_settings
from orchestration.identity.linkage.linkage import write_empty_linked_tables

ROOT = Path(__file__).resolve().parents[2]
NIGHT = date(2026, 4, 5)
SOURCES: dict[str, object] = {"ga4/events": {"rows_loaded": 3}}


def test_the_same_inputs_have_the_same_id_and_any_other_another() -> None:
    base = run_id(NIGHT, SOURCES, "state", "code", b"key")
    others = {
        run_id(date(2026, 4, 6), SOURCES, "state", "code", b"key"),
        run_id(NIGHT, {"ga4/events": {"rows_loaded": 4}}, "state", "code", b"key"),
        run_id(NIGHT, SOURCES, "other", "code", b"key"),
        run_id(NIGHT, SOURCES, "state", "other", b"key"),
        run_id(NIGHT, SOURCES, "state", "code", b"other"),
    }

    assert run_id(NIGHT, dict(SOURCES), "state", "code", b"key") == base
    assert len(base) == 12
    assert len(others | {base}) == 6


def test_another_linkage_model_or_audience_before_is_another_state() -> None:
    found = set()
    for model, is_exported in (("m_1", True), ("m_2", True), ("m_2", False)):
        with duckdb.connect() as connection:
            write_empty_linked_tables(connection)
            connection.execute(
                "insert into linked.linkage_runs (model_id) values (?)", [model]
            )
            connection.execute("create schema raw_nightpost")
            connection.execute(
                "create table raw_nightpost.audiences as select 'welcome' as segment, "
                "'p_1' as profile_id, ?::boolean as is_exported",
                [is_exported],
            )
            found.add(state_digest(connection))

    assert len(found) == 3


def test_a_rule_a_template_and_a_vendor_change_the_code_digest_a_readme_does_not(
    tmp_path: Path,
) -> None:
    project, templates = tmp_path / "project", tmp_path / "templates"
    for folder in (project, templates):
        folder.mkdir()
        (folder / "rule.sql").write_text("select 1")
    settings = Settings(tmp_path, project, templates)
    before = code_digest(settings)

    (project / "README.md").write_text("words")
    assert code_digest(settings) == before
    (templates / "subject.j2").write_text("Hello")
    assert code_digest(settings) != before


def libraries_of(module: str) -> set[str]:
    """Return the libraries that a module imports, and those that it needs to be imported.

    What a function imports of our own is not followed: evaluations do that, with
    libraries that stand beside ours and serve no night.
    """
    libraries: set[str] = set()
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        path = ROOT / (waiting.pop().replace(".", "/") + ".py")
        if str(path) in seen or not path.exists():
            continue
        seen.add(str(path))
        tree = ast.parse(path.read_text(encoding="utf-8"))
        waiting += [name for one in tree.body for name in imported(one)]
        libraries |= {name for one in ast.walk(tree) for name in imported(one)}
    return {name.partition(".")[0] for name in libraries}


def imported(statement: ast.AST) -> list[str]:
    """Return the modules that a statement names, if it is an import."""
    if isinstance(statement, ast.Import):
        return [one.name for one in statement.names]
    return [statement.module or ""] if isinstance(statement, ast.ImportFrom) else []


def test_a_night_is_made_by_libraries_that_it_imports() -> None:
    packages = packages_distributions()
    used = {
        library.lower()
        for name in libraries_of("orchestration.command.nights")
        for library in packages.get(name, ())
    }

    assert {"duckdb", "scikit-learn"} <= set(ENGINES)
    # email-validator, which judges addresses, leans on idna's tables
    assert set(ENGINES) <= used | {"idna"}


def test_what_dbt_leaves_by_hand_is_no_rule_wherever_the_project_lies(
    tmp_path: Path,
) -> None:
    project = tmp_path / "target" / "project"
    (project / "models").mkdir(parents=True)
    settings = Settings(tmp_path, project, project)
    empty = code_digest(settings)

    (project / "models" / "rule.sql").write_text("select 1")
    with_rule = code_digest(settings)
    assert with_rule != empty
    (project / "target").mkdir()
    (project / "target" / "manifest.json").write_text("{}")
    (project / ".user.yml").write_text("id: 1")
    assert code_digest(settings) == with_rule


def test_every_segments_sql_has_its_digest(tmp_path: Path) -> None:
    digests = segment_digests(read_settings(tmp_path))

    assert set(digests) >= {"cart_abandoners", "welcome"}
    assert all(len(digest) == 64 for digest in digests.values())
