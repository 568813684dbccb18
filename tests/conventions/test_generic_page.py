"""The page of the generic layouts is what their contracts say, column by column."""

from typing import Any

import yaml

from tests.conftest import PROJECT

STAGING = PROJECT / "models" / "staging"
PAGE = (STAGING / "generic" / "README.md").read_text(encoding="utf-8")
# The ledger is the generic layout for consents.
SOURCES = ("generic", "consent")


def tables() -> list[tuple[str, dict[str, Any]]]:
    """Return every table that the page describes: its name and its entry in the yml."""
    found = []
    for source in SOURCES:
        text = (STAGING / source / f"_{source}__sources.yml").read_text(
            encoding="utf-8"
        )
        (entry,) = yaml.safe_load(text)["sources"]
        found += [(f"{source}/{table['name']}", table) for table in entry["tables"]]
    return found


def meta_of(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the `meta` of a table or a column."""
    meta: dict[str, Any] = (entry.get("config") or {}).get("meta") or {}
    return meta


def section(table: dict[str, Any], name: str) -> str:
    """Return what the page has to say of a table."""
    lines = [
        f"## `{name}`",
        "",
        f"{' '.join(table['description'].split())} "
        f"Delivery: `{meta_of(table)['contract']['delivery']}`.",
        "",
        "| Column | Holds | Written as |",
        "|---|---|---|",
    ]
    for column in table["columns"]:
        meta = meta_of(column)
        shown = f"**{column['name']}**" if meta.get("required") else column["name"]
        words = " ".join(str(column["description"]).split())
        lines.append(f"| {shown} | {words} | {meta.get('reads_as', 'text')} |")
    return "\n".join(lines)


def test_each_table_stands_on_the_page_as_its_contract_says() -> None:
    missing = [section(table, name) for name, table in tables()]
    missing = [text for text in missing if f"{text}\n" not in PAGE]

    assert not missing, "The page should say:\n\n" + "\n\n".join(missing)


def test_every_way_of_writing_a_value_is_explained() -> None:
    kinds = {
        meta_of(column).get("reads_as", "text")
        for _, table in tables()
        for column in table["columns"]
    }
    explained = PAGE.partition("## How values are written")[2].partition("\n## ")[0]

    assert not {kind for kind in kinds if f"| {kind} |" not in explained}


def test_every_project_variable_that_the_page_names_exists() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    named = {
        word.partition(":")[0]
        for line in PAGE.partition("**2.")[0].splitlines()
        if line.startswith("| `")
        for word in line.split("`")[1::2]
    }

    assert named - {"customer_id", "generic", "false"} <= set(project["vars"])
