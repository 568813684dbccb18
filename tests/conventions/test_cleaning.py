"""Every address and phone that staging holds is judged: its yml says so."""

from typing import Any

from orchestration.cleaning import held_columns
from tests.conftest import EmptyBuild

HOLDS = {"email": "email", "phone": "phone"}


def test_every_address_and_phone_of_staging_says_what_it_holds(
    manifest: dict[str, Any], empty_build: EmptyBuild
) -> None:
    said = {
        (one.model, one.column): one.holds for one in held_columns(manifest["nodes"])
    }
    told = [
        f"{relation}.{column}: say `config: {{meta: {{holds: {HOLDS[column]}}}}}` in its "
        "yml (for a phone also `country: <column>`, where the record names one); what "
        "does not say so is judged by nobody, and nobody is reached by it."
        for schema, relation, column, _ in empty_build.columns
        if schema == "staging" and column in HOLDS
        if not relation.startswith("stg_cleaned__")
        and said.get((relation, column)) != HOLDS[column]
    ]

    assert not told, "\n".join(told)


def test_a_column_that_holds_something_and_its_country_exist(
    manifest: dict[str, Any], empty_build: EmptyBuild
) -> None:
    built = {
        (relation, column)
        for schema, relation, column, _ in empty_build.columns
        if schema == "staging"
    }
    told = [
        f"{one.model}'s yml names {column}, which the model has not."
        for one in held_columns(manifest["nodes"])
        for column in (one.column, one.country)
        if column and (one.model, column) not in built
    ]

    assert not told, "\n".join(told)
