"""The `nightpost` command. Each sub-command says in one sentence what went wrong, if so.

Heavy libraries are imported by the sub-command that needs them, so that the quick ones
are quick.
"""

import os
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from orchestration.identity.commands import app as identity
from orchestration.locks import NightRunningError, night_lock
from orchestration.predictions.commands import model_app
from orchestration.settings import (
    Settings,
    SettingsError,
    export_environment,
    read_settings,
    use_target,
)

FAILED, USAGE, HELD_BACK = 1, 2, 3

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Every night, the right people and the right words, from your own warehouse.",
)

app.add_typer(identity, name="identity")
app.add_typer(model_app, name="model")

Home = Annotated[
    Path | None,
    typer.Option(
        help="Folder that holds everything; default: NIGHTPOST_HOME, else ./data."
    ),
]


Target = Annotated[
    str | None,
    typer.Option(
        help="What computes the models, an output of profiles.yml: duckdb or spark; "
        "default: NIGHTPOST_TARGET, else duckdb."
    ),
]


def settings_for(home: Path | None, target: str | None = None) -> Settings:
    """Return the settings of ``home`` and make this process, and its files, private."""
    if target:
        use_target(target)
    settings = read_settings(home)
    export_environment(settings)
    return settings


def stop(message: str, code: int) -> NoReturn:
    """Print ``message`` to standard error and end with ``code``."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


@app.command()
def run(
    night: Annotated[
        datetime | None,
        typer.Option(
            "--date", formats=["%Y-%m-%d"], help="The night; default: the newest."
        ),
    ] = None,
    home: Home = None,
    target: Target = None,
) -> None:
    """Run one night: load, build, export, publish. Ends with 3 if something was held back."""
    settings = settings_for(home, target)

    def chosen() -> list[date]:
        from orchestration.nights import newest_night

        return [night.date() if night else newest_night(settings)]

    run_in_order(settings, chosen)


@app.command()
def backfill(
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First night.")
    ],
    last: Annotated[
        datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last night.")
    ],
    home: Home = None,
    target: Target = None,
) -> None:
    """Run past nights in order. CURRENT moves only where a night is newer than it."""
    if last < first:
        stop("--to is before --from; give the older date first.", USAGE)
    settings = settings_for(home, target)

    def chosen() -> list[date]:
        from orchestration.nights import nights_between

        return nights_between(settings, first.date(), last.date())

    run_in_order(settings, chosen)


def run_in_order(settings: Settings, chosen: Callable[[], list[date]]) -> None:
    """Run the nights, say what came out of each, and end with the contract's exit code."""
    held_back = False
    try:
        with night_lock(settings.home, wait=False):
            from orchestration.contracts import ContractError
            from orchestration.dbt import ProjectDoesNotParseError
            from orchestration.nights import (
                NightFailedError,
                NoSuchNightError,
                run_nights,
            )
            from orchestration.summary import summarise

            try:
                for result in run_nights(settings, chosen()):
                    typer.echo(summarise(settings, result))
                    held_back = held_back or bool(result.held)
            except (
                NightFailedError,
                ProjectDoesNotParseError,
                ContractError,
                SettingsError,
            ) as error:
                stop(str(error), FAILED)
            except NoSuchNightError as error:
                stop(str(error), USAGE)
    except NightRunningError as error:
        stop(str(error), FAILED)
    if held_back:
        raise typer.Exit(HELD_BACK)


@app.command()
def land(
    file: Annotated[Path, typer.Argument(help="The export to hand over.")],
    source_table: Annotated[
        str, typer.Option("--as", help="Where it belongs, for example shopify/orders.")
    ],
    export_date: Annotated[
        datetime,
        typer.Option("--date", formats=["%Y-%m-%d"], help="The export's date."),
    ],
    home: Home = None,
) -> None:
    """Put a file into the inbox, whole or not at all."""
    from orchestration.contracts import ContractError, read_contracts
    from orchestration.inbox import LandError
    from orchestration.inbox import land as put

    settings = settings_for(home)
    source, _, table = source_table.partition("/")
    try:
        target = put(
            file,
            source=source,
            table=table,
            export_date=export_date.date(),
            home=settings.home,
            contracts=read_contracts(settings.project_dir),
        )
    except (LandError, ContractError) as error:
        stop(str(error), USAGE)
    typer.echo(f"Landed {target.relative_to(settings.home)}.")


@app.command()
def accept(
    file: Annotated[
        str, typer.Argument(help="A file that is held back: SOURCE/TABLE/FILE.")
    ],
    why: Annotated[str, typer.Option(help="Who says so, and why; it is kept.")],
    home: Home = None,
) -> None:
    """Let a file pass that looks unlike the ones before it; the next run loads it."""
    from orchestration.acceptances import (
        AcceptancesDamagedError,
        AcceptError,
        accept_file,
    )
    from orchestration.contracts import ContractError, read_contracts
    from orchestration.publish import closed_nights

    settings = settings_for(home)
    try:
        accepted = accept_file(
            settings.home,
            read_contracts(settings.project_dir),
            file,
            why,
            closed_nights(settings),
        )
    except (AcceptError, ContractError) as error:
        stop(str(error), USAGE)
    except (AcceptancesDamagedError, NightRunningError) as error:
        stop(str(error), FAILED)
    typer.echo(
        f"Accepted {file} as it is. It counts from night {accepted.night.isoformat()} on; "
        "run the night again."
    )


@app.command()
def rejects(
    source_table: Annotated[
        str | None, typer.Argument(help="Only these, for example shopify/orders.")
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(help="Write the rejected rows themselves to this CSV (private)."),
    ] = None,
    home: Home = None,
) -> None:
    """Show what was rejected at load and in staging, by file and reason; or export it."""
    from orchestration.contracts import ContractError, read_contracts
    from orchestration.ledger import LedgerError
    from orchestration.reject_reports import export_rejects, read_rejects, show_rejects

    settings = settings_for(home)
    try:
        contracts = [
            contract
            for contract in read_contracts(settings.project_dir)
            if source_table in (None, f"{contract.source}/{contract.table}")
        ]
        if not contracts:
            stop(f"There is no source table {source_table} that is on.", USAGE)
        typer.echo(show_rejects(read_rejects(settings.home, contracts)))
        if export:
            rows = export_rejects(settings.home, contracts, export)
            typer.echo(
                f"Wrote {rows:,} rejected rows to {export}; it holds people's data."
            )
    except ContractError as error:
        stop(str(error), USAGE)
    except LedgerError as error:
        stop(str(error), FAILED)


@app.command()
def reprocess(
    first: Annotated[
        datetime,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First export date."),
    ],
    last: Annotated[
        datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last export date.")
    ],
    home: Home = None,
) -> None:
    """Process the files of a window of export dates again, and no others, with a run."""
    if last < first:
        stop("--to is before --from; give the older date first.", USAGE)
    from orchestration.history import forget_window

    settings = settings_for(home)
    try:
        forgotten = forget_window(settings, first.date(), last.date())
    except NightRunningError as error:
        stop(str(error), FAILED)
    typer.echo(
        f"{forgotten.files:,} files are processed again, in {forgotten.models} models.\n"
    )
    run(home=home)


@app.command()
def verify(
    night: Annotated[
        datetime | None,
        typer.Option(
            "--date", formats=["%Y-%m-%d"], help="The night; default: the newest."
        ),
    ] = None,
    home: Home = None,
) -> None:
    """Build a published night from the raw zone alone and compare every table."""
    from orchestration.publish import NothingPublishedError
    from orchestration.stages import StageFailedError
    from orchestration.verify import CannotVerifyError, verify_night

    try:
        found = verify_night(settings_for(home), night.date() if night else None)
    except (CannotVerifyError, NothingPublishedError) as error:
        stop(str(error), USAGE)
    except (NightRunningError, StageFailedError) as error:
        stop(str(error), FAILED)
    typer.echo(found.sentence())
    if found.differences:
        raise typer.Exit(FAILED)


@app.command()
def demo(
    people: Annotated[int, typer.Option(min=1, help="How many people.")] = 2000,
    days: Annotated[int, typer.Option(min=1, help="How many daily drops.")] = 60,
    seed: Annotated[int, typer.Option(help="Same seed, same files.")] = 7,
    home: Home = None,
) -> None:
    """Make demo exports in true vendor layouts, and the truth about them beside the inbox."""
    from seeds.demo import DemoTooSmallError, generate

    settings = settings_for(home)
    inbox = settings.home / "inbox"
    if inbox.exists() and any(path.is_file() for path in inbox.rglob("*")):
        stop(
            f"{inbox} already holds files; demo exports are only made into an empty inbox. "
            "Give another folder with --home.",
            USAGE,
        )
    try:
        receipt = generate(
            inbox, settings.home / "demo_truth", people=people, days=days, seed=seed
        )
    except DemoTooSmallError as error:
        stop(str(error), USAGE)
    typer.echo(
        f"Made {receipt.total_rows:,} rows in {receipt.files:,} demo exports, "
        f"{receipt.rows_per_second:,.0f} rows a second: {inbox}\n"
        f"What is really so lies beside it: {settings.home / 'demo_truth'}\n"
    )


@app.command()
def preview(
    segment: Annotated[
        str, typer.Argument(help="A segment's name, or a file with its SQL.")
    ],
    home: Home = None,
) -> None:
    """Show whom a segment catches on the published night: size, reach, sample, overlap."""
    from orchestration.previews import PreviewRefusedError, preview_segment
    from orchestration.publish import NothingPublishedError

    try:
        typer.echo(preview_segment(settings_for(home), segment))
    except (PreviewRefusedError, NothingPublishedError) as error:
        stop(str(error), USAGE)


@app.command()
def drift(
    night: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            help="The night; default: the published one.",
        ),
    ] = None,
    home: Home = None,
) -> None:
    """Show how far scores and features moved since the previous night and in 28 nights."""
    from orchestration.drift_state import read_shifts
    from orchestration.psi import drift_table
    from orchestration.publish import NothingPublishedError, read_current

    settings = settings_for(home)
    try:
        day = (
            night.date() if night else date.fromisoformat(read_current(settings).night)
        )
    except NothingPublishedError as error:
        stop(str(error), USAGE)
    shifts = read_shifts(settings, day)
    if shifts is None:
        stop(
            f"Night {day.isoformat()} left no figures in {settings.state / 'drift'}: it was "
            "not published, or could not be measured.",
            USAGE,
        )
    typer.echo("\n".join(drift_table(shifts)))


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000,
    home: Home = None,
) -> None:
    """Open Dagster on 127.0.0.1: lineage, backfills, schedule. It has no login of its own."""
    from orchestration.dagster_home import prepare_dagster_home

    prepare_dagster_home(settings_for(home))
    program = str(Path(sys.executable).parent / "dagster")
    arguments = [
        "dev",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "-m",
        "orchestration.definitions",
    ]
    os.execv(program, [program, *arguments])  # noqa: S606


def main() -> None:
    """Run the command; a home that cannot be used is a sentence, too."""
    try:
        app()
    except SettingsError as error:
        typer.echo(str(error), err=True)
        sys.exit(USAGE)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        typer.echo(
            f"A file or folder cannot be used: {error.strerror}{where}.", err=True
        )
        sys.exit(USAGE)
