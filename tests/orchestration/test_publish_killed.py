"""A publication that is killed at any call to the system is mended by one plain re-run.

What a killed process leaves is what lies in its home at that moment. So the publication
runs once, and before every call that could change the home it is copied, if it changed:
each copy is a home on which the publication was killed there.
"""

import builtins
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.building.warehouse import start_night
from orchestration.home.leftovers import TEMPORARY
from orchestration.home.published import published_nights, read_current
from orchestration.home.settings import Settings
from orchestration.predictions.serving import promotion
from orchestration.publishing.exports import fresh_staging
from orchestration.publishing.publish import publish_night
from tests.orchestration.test_publish import FRIDAY, make_warehouse, stage

# Everything through which Python changes a folder or a file; DuckDB's own are beside it.
CALLS = (
    "rename", "replace", "link", "symlink", "unlink", "remove", "rmdir", "mkdir", "open",
    "close", "fsync", "chmod", "fchmod", "write", "truncate", "ftruncate", "utime",
    "sendfile", "copy_file_range", "posix_fallocate", "scandir",
)  # fmt: skip
STATES = (
    "create schema drift; create table drift.distributions as select 2 as bin; "
    + (
        "create table drift.psi as select 0.5 as psi; "
        "create table marts.rfm_changes as select date '2026-04-03' as night, "
        "'p_1' as profile_id, 'a' as previous_value, 'b' as value; "
    )
)
# What was published before, and what is being published when the kill comes.
SITUATIONS: dict[str, tuple[list[tuple[date, str]], tuple[date, str]]] = {
    "the first night": ([], (FRIDAY, "aaa")),
    "another run of a night": ([(FRIDAY, "aaa")], (FRIDAY, "bbb")),
    "the same run of a night": ([(FRIDAY, "aaa")], (FRIDAY, "aaa")),
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with all that a publication reads."""
    settings = settings_of(tmp_path_factory.mktemp("built"))
    make_warehouse(settings)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(STATES)
        model = promotion.TrainedModel("clv", "v1", FRIDAY, True, {}, {})
        promotion.write_trained(connection, [model])
    return settings.warehouse


def settings_of(home: Path) -> Settings:
    return Settings(home, home.parent / "project", home.parent / "templates")


def export(home: Path, warehouse: Path, night: date, run_id: str) -> Path:
    """Do as a night does before it publishes: begin, build, export."""
    settings = settings_of(home)
    start_night(settings, night)
    shutil.copyfile(warehouse, settings.warehouse)
    fresh_staging(settings, night).rmdir()
    return stage(settings, night, run_id)


def run_night(home: Path, warehouse: Path, night: date, run_id: str) -> None:
    """Run a whole night."""
    staging = export(home, warehouse, night, run_id)
    publish_night(settings_of(home), night, staging)


def contents(home: Path) -> dict[str, bytes | str]:
    """Return what readers and later nights find: files, links, names of databases."""
    found: dict[str, bytes | str] = {}
    for room in ("outbox", "published", "state"):
        for path in sorted((home / room).rglob("*")):
            name = path.relative_to(home).as_posix()
            if path.is_symlink():
                found[name] = str(path.readlink())
            elif path.is_file():
                found[name] = "" if room == "published" else path.read_bytes()
    return found


def temporary_files(home: Path) -> list[str]:
    """Return everything in the home that has a temporary name."""
    return [
        path.relative_to(home).as_posix()
        for path in home.rglob("*")
        if path.name.startswith((*TEMPORARY, ".staging-"))
    ]


def appearance(path: Path) -> tuple[object, ...]:
    """Return what tells a path from itself earlier; half done is all alike."""
    if path.name.startswith(TEMPORARY) or path.is_dir():
        return (str(path),)
    facts = path.lstat()
    return (str(path), facts.st_size, facts.st_mtime_ns, facts.st_mode)


class Camera:
    """Copies a home before each call to the system, if it changed since the last copy."""

    def __init__(self, home: Path, album: Path) -> None:
        self.home, self.album = home, album
        self.taken: list[Path] = []
        self.last: object = None
        self.is_busy = False

    def look(self) -> None:
        """Copy the home if it changed; what copying itself calls is not looked at."""
        if self.is_busy:
            return
        self.is_busy = True
        try:
            now = [appearance(path) for path in sorted(self.home.rglob("*"))]
            if now != self.last:
                self.last = now
                copy = self.album / f"{len(self.taken)}"
                shutil.copytree(self.home, copy, symlinks=True)
                self.taken.append(copy)
        finally:
            self.is_busy = False

    def before(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``call`` with a look before it."""

        def looked(*args: Any, **kwargs: Any) -> Any:
            self.look()
            return call(*args, **kwargs)

        return looked


class LookedConnection:
    """A connection of DuckDB's with a look before and after each statement."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, camera: Camera) -> None:
        self.connection, self.camera = connection, camera

    def __enter__(self) -> "LookedConnection":
        return self

    def __exit__(self, *_: object) -> None:
        self.camera.look()
        self.connection.close()
        self.camera.look()

    def __getattr__(self, name: str) -> Any:
        return self.camera.before(getattr(self.connection, name))


@contextmanager
def photographed(camera: Camera) -> Iterator[None]:
    """Look before every call to the system while the block runs."""
    connect = duckdb.connect
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, camera.before(getattr(os, name)))
        for module in (builtins, io):
            patch.setattr(module, "open", camera.before(open))
        patch.setattr(
            duckdb,
            "connect",
            lambda *a, **k: LookedConnection(connect(*a, **k), camera),
        )
        yield
    camera.look()


@pytest.mark.parametrize("situation", SITUATIONS)
def test_killed_at_any_call_it_is_mended_by_one_plain_run(
    situation: str, warehouse: Path, tmp_path: Path
) -> None:
    before, (night, run_id) = SITUATIONS[situation]
    home, undisturbed = tmp_path / "home", tmp_path / "undisturbed"
    for earlier in before:
        run_night(home, warehouse, *earlier)
    staging = export(home, warehouse, night, run_id)
    shutil.copytree(home, undisturbed, symlinks=True)
    run_night(undisturbed, warehouse, night, run_id)
    camera = Camera(home, tmp_path)
    with photographed(camera):
        publish_night(settings_of(home), night, staging)

    expected = contents(undisturbed)
    assert contents(home) == expected
    assert len(camera.taken) > 20, "the publication was looked at"
    for number, killed in enumerate(camera.taken):
        if before:
            assert read_current(settings_of(killed)).night, "still readable"
        assert set(published_nights(settings_of(killed))) >= {one for one, _ in before}
        run_night(killed, warehouse, night, run_id)

        assert contents(killed) == expected, f"copy {number} of {len(camera.taken)}"
        assert not temporary_files(killed), f"copy {number} of {len(camera.taken)}"
        shutil.rmtree(killed)


@pytest.mark.parametrize(
    "name", [".tmp-2026-04-05", "latest", "2026-02-30", "20260403", ".DS_Store"]
)
def test_a_link_in_the_outbox_that_is_no_date_is_no_night(
    name: str, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path)
    (settings.outbox / "runs" / "2026-04-03-aaa").mkdir(parents=True)
    for link in (name, "2026-04-03"):
        (settings.outbox / link).symlink_to("runs/2026-04-03-aaa")

    assert published_nights(settings) == [FRIDAY]
