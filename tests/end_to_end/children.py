"""Run the `nightpost` command in a child process that a fork server has made ready.

Importing Dagster and dbt takes seconds; the server does it once. A child can be told to
kill itself, as a power cut would, before or after a call of a function.
"""

import functools
import importlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MODULES = ["tests.end_to_end.children", "orchestration.nights", "orchestration.summary"]
SECONDS_ALLOWED = 300


@dataclass(frozen=True)
class Kill:
    """Die with SIGKILL at the ``nth`` call of ``function``, before or after it ran."""

    function: str
    when: str
    nth: int = 1


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
    seconds: int = SECONDS_ALLOWED,
) -> Ended:
    """Run `nightpost` with ``arguments`` in a fresh child and return how it ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(MODULES)
    child = context.Process(
        target=run_command,
        args=(list(arguments), dict(environment or {}), log, kill, umask),
    )
    child.start()
    child.join(seconds)
    assert child.exitcode is not None, "the command hangs"
    return Ended(child.exitcode, log.read_text(encoding="utf-8"))


def run_command(
    arguments: list[str],
    environment: dict[str, str],
    log: Path,
    kill: Kill | None,
    umask: int | None,
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
    sys.argv = ["nightpost", *arguments]
    from orchestration.cli import main

    try:
        main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def arm(kill: Kill) -> None:
    """Replace the function everywhere it was imported by one that kills this process."""
    module_name, _, name = kill.function.rpartition(".")
    original = getattr(importlib.import_module(module_name), name)
    deadly = killing(original, kill)
    for module in list(sys.modules.values()):
        if getattr(module, name, None) is original:
            setattr(module, name, deadly)


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
