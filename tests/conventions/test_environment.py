"""The environment is read in as few places as possible, so that a night can be repeated."""

import ast
import re

import pytest

from tests.conftest import PROJECT, REPOSITORY, project_files

READS_IN_DBT = {
    "models/clock/run_context.sql",
    "macros/materializations/by_file.sql",
    "macros/segments.sql",
    "profiles.yml",
}
READS_IN_PYTHON = {"orchestration/home/settings.py"}
PRODUCT = ("orchestration", "exporters", "seeds")


def test_dbt_reads_the_environment_in_few_files_only() -> None:
    found = {
        str(path.relative_to(PROJECT))
        for path in project_files("*.sql", "*.yml")
        if re.search(r"\benv_var\s*\(", path.read_text(encoding="utf-8"))
    }

    assert found == READS_IN_DBT, (
        "In the dbt project only these may call env_var(): "
        f"{sorted(READS_IN_DBT)}; it is called in {sorted(found)}."
    )


@pytest.mark.parametrize("room", PRODUCT)
def test_python_reads_the_environment_in_settings_only(room: str) -> None:
    told = [
        str(path.relative_to(REPOSITORY))
        for path in sorted((REPOSITORY / room).rglob("*.py"))
        if reads_environment(path.read_text(encoding="utf-8"))
        if str(path.relative_to(REPOSITORY)) not in READS_IN_PYTHON
    ]

    assert not told, (
        f"Take these values from orchestration/home/settings.py instead: {told}"
    )


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.environ['A']",
        "import os as o\no.getenv('A')",
        "from os import environ",
        "from os import getenv as g",
    ],
)
def test_every_way_to_read_the_environment_is_seen(code: str) -> None:
    assert reads_environment(code)


def test_speaking_of_the_environment_is_not_reading_it() -> None:
    assert not reads_environment("import os\nenvironment = os.getpid()  # os.environ")


def reads_environment(code: str) -> bool:
    """Tell whether Python ``code`` touches the process's environment."""
    names = {"environ", "environb", "getenv", "getenvb", "putenv"}
    return any(
        (isinstance(node, ast.Attribute) and node.attr in names)
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and any(alias.name in names for alias in node.names)
        )
        for node in ast.walk(ast.parse(code))
    )
