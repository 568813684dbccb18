"""Every fact that content may use says whether it is core, advanced or predictive."""

from typing import Any

from tests.conftest import EmptyBuild

MATURITIES = {"core", "advanced", "predictive"}


def test_every_fact_is_marked(
    manifest: dict[str, Any], empty_build: EmptyBuild
) -> None:
    columns = manifest["nodes"]["model.nightpost.profile_facts"]["columns"]
    built = {
        column
        for schema, relation, column, _ in empty_build.columns
        if (schema, relation) == ("marts", "profile_facts") and column != "profile_id"
    }
    marked = {
        name
        for name, column in columns.items()
        if column["config"]["meta"].get("maturity") in MATURITIES
    }

    assert built == marked, (
        f"Mark {sorted(built ^ marked)} with `maturity: core`, `advanced` or `predictive` "
        "in profile_facts.yml; profile_fact_shares counts what is marked."
    )


def test_the_shares_are_told_of_every_marked_fact(
    compiled_sql: dict[str, str], manifest: dict[str, Any]
) -> None:
    columns = manifest["nodes"]["model.nightpost.profile_facts"]["columns"]
    told = compiled_sql["profile_fact_shares"]
    silent = [
        name
        for name, column in columns.items()
        if column["config"]["meta"].get("maturity") and f"'{name}' as fact" not in told
    ]

    assert not silent
