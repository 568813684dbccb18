"""The Makefile says what it does and why it fails, and leaves nothing in the tree."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")


def printed(*words: str) -> str:
    """Return the commands that `make …` would run."""
    outcome = subprocess.run(
        ["make", "--dry-run", "--always-make", *words],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return outcome.stdout


def test_every_target_that_is_no_file_is_explained() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)
    explained = re.findall(r"^([a-z-]+):.*## .", MAKEFILE, flags=re.MULTILINE)

    assert sorted(phony.split()) == sorted(explained)


def test_lint_prints_its_reasons() -> None:
    told = [line for line in printed("lint").splitlines() if "--check" in line]

    assert told
    assert not [line for line in told if "--quiet" in line or " -q" in line]


@pytest.mark.parametrize("target", ["run", "test", "test-spark", "test-duckdb-next"])
def test_setting_up_says_how_long_and_prints_errors_only(target: str) -> None:
    lines = printed(target).splitlines()
    installs = [at for at, line in enumerate(lines) if "pip install" in line]

    assert installs
    assert all(" -qq " in lines[at] for at in installs)
    assert [line for line in lines[: installs[0]] if "Setting up, once" in line]


def test_dbt_by_hand_leaves_its_files_in_the_home(tmp_path: Path) -> None:
    (tmp_path / "outbox").mkdir()
    (tmp_path / "outbox" / "CURRENT").write_text('{\n  "night": "2026-04-05"\n}\n')
    commands = printed("dbt", f"HOME_DIR={tmp_path}", "ARGS=ls")

    assert "umask 077" in commands, "what dbt logs is personal"
    for variable in ("DBT_TARGET_PATH", "DBT_LOG_PATH", "NIGHTPOST_WAREHOUSE"):
        assert f'{variable}="{tmp_path}/' in commands
