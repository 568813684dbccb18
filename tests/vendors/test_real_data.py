"""A fork without the real files passes its tests; a machine that promises them must have them."""

import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.vendors import real_data

PAGE = REPOSITORY / "CONTRIBUTING.md"


@pytest.fixture
def fork(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has none of the files and runs tests as CI does."""
    monkeypatch.setattr(real_data, "BESIDE", tmp_path)
    monkeypatch.delenv(real_data.VARIABLE, raising=False)
    monkeypatch.setenv("CI", "true")
    return tmp_path


def test_a_fork_skips_by_the_files_name(fork: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"web/events\.csv of the real"):
        real_data.real_file("web/events.csv")


def test_a_machine_that_promises_the_files_fails_without_one(
    fork: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(real_data.VARIABLE, str(fork))
    (fork / "here.csv").touch()

    assert real_data.real_file("here.csv") == fork / "here.csv"
    with pytest.raises(pytest.fail.Exception, match=r"absent\.csv"):
        real_data.real_file("absent.csv")


def test_no_test_has_a_way_of_its_own_to_a_real_file() -> None:
    told = [
        path.name
        for path in sorted((REPOSITORY / "tests").rglob("*.py"))
        if re.search(r"shared[/\"', ]+data\b|environ.*\bCI\b", path.read_text("utf-8"))
        and path.name not in {"real_data.py", Path(__file__).name}
    ]

    assert not told, f"Take it from tests/vendors/real_data.py, unlike {told}."


def test_every_real_file_that_a_test_names_stands_on_the_page_that_says_its_source() -> (
    None
):
    page = PAGE.read_text(encoding="utf-8")
    named = {
        name
        for path in (REPOSITORY / "tests").rglob("*.py")
        if path.name not in {"real_data.py", Path(__file__).name}
        for name in re.findall(
            r"real_file\(\s*f?\"([\w./-]+)", path.read_text(encoding="utf-8")
        )
    }

    assert named
    missing = sorted(
        name for name in named if f"`{name.rpartition('/')[0] or name}" not in page
    )
    assert not missing, f"{PAGE.name} does not say where these come from: {missing}"
