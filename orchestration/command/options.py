"""What the sub-commands of `nightpost` share: options, exit codes, how they end."""

import shutil
import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from orchestration.home.settings import (
    Settings,
    export_environment,
    read_settings,
    use_target,
)

FAILED, USAGE, HELD_BACK, NIGHT_RUNNING = 1, 2, 3, 4
DAY_FORM = "YYYY-MM-DD"

Home = Annotated[
    Path | None,
    typer.Option(
        help="Folder that holds everything; default: NIGHTPOST_HOME, else ./data, the "
        "folder `data` where you are."
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        help="What computes the models, an output of profiles.yml: duckdb or spark; "
        "default: NIGHTPOST_TARGET, else duckdb."
    ),
]


def parse_day(text: str) -> date:
    """Return the date that somebody typed.

    Raises:
        BadParameter: it is none.
    """
    try:
        return date.fromisoformat(text) if len(text) == len(DAY_FORM) else _no_day(text)
    except ValueError:
        _no_day(text)


def _no_day(text: str) -> NoReturn:
    raise typer.BadParameter(f"{text!r} is no date; write {DAY_FORM}.")


def require_library(name: str, option: str) -> None:
    """End with a sentence where the library that only ``option`` needs is missing."""
    if find_spec(name) is None:
        stop(
            f"{option} compares with the library {name}, which is not installed, because no "
            "night needs it. Install it with `pip install 'nightpost[proof]'`, or leave the "
            "option away."
        )


def examples(*commands: str) -> str:
    """Return the end of a command's help: how it is typed."""
    return "\n\n".join(["Examples:", *(f"  {command}" for command in commands)])


def settings_for(home: Path | None, target: str | None = None) -> Settings:
    """Return the settings of ``home`` and make this process, and its files, private."""
    if target:
        use_target(target)
    settings = read_settings(home)
    export_environment(settings)
    return settings


def settings_of_home(home: Path | None) -> Settings:
    """Return the settings of a home that is there; without one, say so and end.

    For commands that only look, or go on with what is there: of a folder that does not
    exist they would say that all is well.
    """
    settings = settings_for(home)
    if not settings.home.is_dir():
        stop(
            f"There is no home at {settings.home} yet. Make one with `nightpost demo`, or "
            "`nightpost land` and `nightpost run`, or name the one that you mean with "
            "--home or NIGHTPOST_HOME."
        )
    return settings


def stop(message: str, code: int = USAGE) -> NoReturn:
    """Print ``message`` to standard error and end with ``code``."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def runnable(command: str, settings: Settings) -> str:
    """Return a `nightpost …` command as it can be typed here, for the same home.

    The program is named as it was started, where the shell would not find it by name, and
    the home where it is not the one of this folder.
    """
    program = Path(sys.argv[0])
    words = command.split(" ")
    if words[0] == "nightpost" and not shutil.which("nightpost"):
        words[0] = str(program) if program.name == "nightpost" else words[0]
    if settings.home_is_named:
        words += ["--home", str(settings.home)]
    return " ".join(words)
