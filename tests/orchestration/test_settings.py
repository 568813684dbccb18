"""Settings come from dbt_project.yml and the environment, and from nowhere else."""

import stat
from pathlib import Path
from typing import cast

import pytest

from orchestration.building.dbt import ProjectDoesNotParseError, parse_project
from orchestration.home.settings import SettingsError, read_settings


def test_the_home_is_the_given_one_then_the_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTPOST_HOME", str(tmp_path / "from_environment"))

    assert read_settings(tmp_path / "given").home == tmp_path / "given"
    assert read_settings().home == tmp_path / "from_environment"


def test_business_settings_stand_in_dbt_project_yml(tmp_path: Path) -> None:
    settings = read_settings(tmp_path)

    assert settings.business_time_zone == "Europe/London"
    listed = settings.variables["segment_priority"]
    assert settings.segment_models == tuple(cast(list[str], listed))
    with pytest.raises(SettingsError, match="add it under `vars:`"):
        settings.variable("no_such_var")


def test_the_unsubscribe_key_is_made_once_private_and_can_be_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NIGHTPOST_UNSUBSCRIBE_KEY", raising=False)
    settings = read_settings(tmp_path)
    key = settings.unsubscribe_key()

    assert len(key) == 64
    assert settings.unsubscribe_key() == key
    path = tmp_path / "keys" / "unsubscribe.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    monkeypatch.setenv("NIGHTPOST_UNSUBSCRIBE_KEY", "given from outside")
    assert settings.unsubscribe_key() == b"given from outside"


def test_a_target_that_does_not_exist_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTPOST_TARGET", "snow")

    with pytest.raises(SettingsError, match=r"no target `snow`.*duckdb or spark"):
        _ = read_settings(tmp_path).target


def test_a_target_whose_packages_are_missing_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTPOST_TARGET", "spark")
    monkeypatch.setattr("orchestration.building.dbt.find_spec", lambda _: None)

    with pytest.raises(ProjectDoesNotParseError, match=r"nightpost\[spark\]"):
        parse_project(read_settings(tmp_path))
