"""Run the `nightpost` command in a child process that a fork server has made ready.

Importing Dagster and dbt takes seconds; the server does it once. Parsing the project takes
seconds, too; a home that has not done it gets what another home of the same project keeps.
A child can be told to kill itself, as a power cut would, before or after a call of a
function.
"""

import atexit
import functools
import importlib
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, TextIO

from orchestration.arrivals.export_dates import NothingArrivedError
from orchestration.building.dbt import PARSED, parse_key
from orchestration.building.stage_nodes import with_tests
from orchestration.command.nights import NightFailedError, NightResult
from orchestration.home.business_days import NoSuchNightError
from orchestration.home.files import private_folder, write_atomically
from orchestration.home.locks import night_lock
from orchestration.home.notes import read_held
from orchestration.home.redaction import redact
from orchestration.home.settings import Settings, read_settings
from orchestration.steps import STEPS, tonight_of

MODULES = [
    "tests.end_to_end.children",
    "orchestration.command.nights",
    "orchestration.command.summary",
]
SECONDS_ALLOWED = 900


@dataclass(frozen=True)
class Kill:
    """Die with SIGKILL at the ``nth`` call of ``function``, before or after it ran."""

    function: str
    when: str
    nth: int = 1


class DataTests(Enum):
    """Which data tests a night runs: all, of each generic one the first, or none."""

    ALL = "all"
    EACH_KIND = "each kind"
    NONE = "none"


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code (negative: signal) and everything it printed."""

    code: int
    output: str


def nightpost(
    arguments: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    kill: Kill | None = None,
    umask: int | None = None,
    data_tests: DataTests = DataTests.NONE,
    by_dagster: bool = False,
    seconds: int = SECONDS_ALLOWED,
) -> Ended:
    """Run `nightpost` with ``arguments`` in a fresh child and return how it ended.

    The steps of a night are the same plain functions with Dagster and without; its events
    cost a third of a small night, so that it runs them where a test asks for it.

    Data tests decide nothing that leaves the house unless one fails, and are most of a
    small night's time: they run where a test asks for them.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(MODULES)
    child = context.Process(
        target=run_command,
        args=(list(arguments), dict(environment or {}), log),
        kwargs={
            "kill": kill,
            "umask": umask,
            "data_tests": data_tests,
            "by_dagster": by_dagster,
            "parsed": parsed(),
        },
    )
    child.start()
    child.join(seconds)
    assert child.exitcode is not None, "the command hangs"
    return Ended(child.exitcode, log.read_text(encoding="utf-8"))


def run_command(
    arguments: list[str],
    environment: dict[str, str],
    log: Path,
    *,
    kill: Kill | None,
    umask: int | None,
    data_tests: DataTests,
    by_dagster: bool,
    parsed: Path,
) -> None:
    """Be the command: print to ``log``, end with its exit code."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.environ.update(environment)
    time.tzset()
    if umask is not None:
        os.umask(umask)
    if kill:
        arm(kill)
    if data_tests is not DataTests.ALL:
        replace_everywhere(
            "orchestration.building.stage_nodes.with_tests", fewer_tests(data_tests)
        )
    if not by_dagster:
        replace_everywhere("orchestration.command.nights.nights_of_job", plain_nights)
    sys.argv = ["nightpost", *arguments]
    from orchestration.command.main import main

    home = home_of(arguments)
    give_parsed(parsed, home)
    try:
        main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        take_parsed(home, parsed)


@functools.cache
def parsed() -> Path:
    """Return the folder of the parsed projects, one of each test process."""
    folder = Path(tempfile.mkdtemp(prefix="nightpost-parsed-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def home_of(arguments: Sequence[str]) -> Path | None:
    """Return the home that a command names."""
    return (
        Path(arguments[arguments.index("--home") + 1])
        if "--home" in arguments
        else None
    )


def give_parsed(parsed: Path, home: Path | None) -> None:
    """Lay what others parsed of the same project into a home that has not parsed it."""
    if home is None:
        return
    settings = read_settings(home)
    for kept in parsed.glob(f"{PARSED}{parse_key(settings)}.*"):
        private_folder(settings.dbt_target)
        if not (settings.dbt_target / kept.name).exists():
            write_atomically(settings.dbt_target / kept.name, kept.read_bytes())


def take_parsed(home: Path | None, parsed: Path) -> None:
    """Keep what a home parsed for the others."""
    for kept in home.glob(f"dbt/*/{PARSED}*") if home else ():
        if not (parsed / kept.name).exists():
            write_atomically(parsed / kept.name, kept.read_bytes())


def arm(kill: Kill) -> None:
    """Replace the function by one that kills this process."""
    module_name, _, name = kill.function.rpartition(".")
    original = getattr(importlib.import_module(module_name), name)
    replace_everywhere(kill.function, killing(original, kill))


def replace_everywhere(function: str, other: Callable[..., object]) -> None:
    """Replace a function everywhere it was imported."""
    module_name, _, name = function.rpartition(".")
    original = getattr(importlib.import_module(module_name), name)
    for module in list(sys.modules.values()):
        if getattr(module, name, None) is original:
            setattr(module, name, other)


def fewer_tests(wanted: DataTests) -> Callable[..., frozenset[str]]:
    """Return what stands for `with_tests` in a night that runs fewer data tests."""
    generics: set[str] = set()
    all_tests = with_tests

    def some_tests(
        manifest: Mapping[str, Any], chosen: Iterable[str]
    ) -> frozenset[str]:
        models = frozenset(chosen)
        if wanted is DataTests.NONE:
            return models
        kept = set()
        for test in sorted(all_tests(manifest, models) - models):
            kind = (manifest["nodes"][test].get("test_metadata") or {}).get(
                "name", test
            )
            if kind not in generics:
                generics.add(kind)
                kept.add(test)
        return models | kept

    return some_tests


def plain_nights(
    settings: Settings, nights: list[date], out: TextIO | None
) -> Iterator[NightResult]:
    """Stand for `nights_of_job`: the steps of each night, and no Dagster."""
    for night in nights:
        with night_lock(settings.home, wait=True):
            name = ""
            try:
                tonight = tonight_of(settings, night)
                for step in STEPS:
                    name = step.name
                    step.run(tonight)
            except NothingArrivedError as nothing:
                raise NoSuchNightError(str(nothing)) from None
            except Exception as error:
                raise NightFailedError(
                    f"Night {night.isoformat()} failed in step {name}, so nothing was "
                    f"published. {redact(str(error))}"
                ) from error
        yield NightResult(night, read_held(settings, night))


def killing(original: Callable[..., object], kill: Kill) -> Callable[..., object]:
    """Return ``original`` with a SIGKILL before or after its nth call."""
    calls = 0

    @functools.wraps(original)
    def deadly(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        if calls == kill.nth and kill.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if calls == kill.nth and kill.when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return deadly
