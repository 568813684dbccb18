"""What the READMEs name exists: a page that lies is worse than none."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from orchestration.command.main import app
from tests.conftest import REPOSITORY
from tests.conventions.readme_claims import Claim, examples, exists, read_claims

NOT_OURS = {".venv", ".venv-duckdb-next", "data", ".git", "node_modules"}
PAGES = sorted(
    path
    for name in ("README.md", "CONTRIBUTING.md")
    for path in REPOSITORY.rglob(name)
    if not NOT_OURS & set(path.relative_to(REPOSITORY).parts)
    and not path.relative_to(REPOSITORY).parts[0].startswith(".")
)
MUST_EXIST = [
    "README.md",
    "CONTRIBUTING.md",
    "dbt_project/README.md",
    "dbt_project/models/segments/README.md",
    "dbt_project/models/intermediate/identity/README.md",
    "dbt_project/models/staging/README.md",
    "exporters/README.md",
    "seeds/README.md",
]


@pytest.fixture(scope="module")
def known(manifest: dict[str, Any]) -> dict[str, set[str]]:
    """The make targets, commands and models that there are."""
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    command = typer.main.get_command(app)
    return {
        "make target": set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE)),
        "command": set(getattr(command, "commands", {})),
        "model": {node["name"] for node in manifest["nodes"].values()},
        "path": {
            f"{source['source_name']}/{source['name']}"
            for source in manifest["sources"].values()
        },
    }


@pytest.mark.parametrize("page", MUST_EXIST)
def test_every_room_has_its_page(page: str) -> None:
    assert (REPOSITORY / page).is_file(), (
        f"{page} is missing; say there what the room is for."
    )


@pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY))
)
def test_a_page_names_only_what_exists(page: Path, known: dict[str, set[str]]) -> None:
    text = page.read_text(encoding="utf-8")
    place = page.relative_to(REPOSITORY)
    told = [
        f"{place}:{claim.line}: there is no {claim.kind} `{claim.words}`."
        for claim in read_claims(text)
        if claim.words not in known[claim.kind]
        and not (claim.kind == "path" and exists(claim.words, page.parent, REPOSITORY))
        and not claim.words.startswith(examples(text))
    ]

    assert not told, "\n".join(told)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (
            "See `models/marts/shop/orders.sql`.",
            Claim("path", "models/marts/shop/orders.sql", 1),
        ),
        ("See `Makefile` and `settings.py`.", Claim("path", "settings.py", 1)),
        ("[here](../README.md#top)", Claim("path", "../README.md", 1)),
        ("Type `make run`.", Claim("make target", "run", 1)),
        ("```\nmake test\n```", Claim("make target", "test", 2)),
        ("Or `nightpost preview seg_welcome`.", Claim("command", "preview", 1)),
        ("It is `seg_welcome`.", Claim("model", "seg_welcome", 1)),
    ],
)
def test_a_claim_is_seen(text: str, claim: Claim) -> None:
    assert claim in list(read_claims(text))


@pytest.mark.parametrize(
    "path", ["models/no_such.sql", "no_such.py", "<x>/no_such", "../no_such.md"]
)
def test_a_path_that_is_not_there_is_told(path: str) -> None:
    assert not exists(path, REPOSITORY, REPOSITORY)


@pytest.mark.parametrize(
    "path",
    [
        "dbt_project/models/staging/<vendor>/",
        "marts/shop/orders.sql",
        "outbox/<D>/manifest.json",
    ],
)
def test_a_path_that_is_there_is_found(path: str) -> None:
    assert exists(path, REPOSITORY, REPOSITORY)
