"""The `nightpost` command. Each sub-command says in one sentence what went wrong, if so.

Heavy libraries are imported by the sub-command that needs them, so that the quick ones
are quick.
"""

import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, TextIO

import typer

from orchestration.arrivals.export_dates import NothingArrivedError, check_arrived
from orchestration.command import segments
from orchestration.command.identity import app as identity
from orchestration.command.mails import sends
from orchestration.command.models import model_app
from orchestration.command.options import (
    DAY_FORM,
    FAILED,
    HELD_BACK,
    NIGHT_RUNNING,
    USAGE,
    Home,
    Target,
    examples,
    parse_day,
    settings_for,
    settings_of_home,
    stop,
)
from orchestration.command.unsubscribe import unsubscribe
from orchestration.home.business_days import (
    NoSuchNightError,
    newest_day_over,
    refuse_unfinished,
)
from orchestration.home.locks import NightRunningError, night_lock
from orchestration.home.settings import Settings, SettingsError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Every night, the right people and the right words, from your own warehouse.",
    epilog=examples(
        "nightpost demo && nightpost run",
        "nightpost preview seg_cart_abandoners",
        "nightpost COMMAND --help",
    ),
)

app.add_typer(identity, name="identity")
app.add_typer(model_app, name="model")
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet", help="Say only what is held back or failed: for cron and the like."
    ),
]


def show_version(wanted: bool) -> None:
    """Print the version and end, where it was asked for."""
    if wanted:
        from importlib.metadata import version

        typer.echo(f"nightpost {version('nightpost')}")
        raise typer.Exit


@app.callback()
def nightpost(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=show_version, is_eager=True, help="Say which it is."
        ),
    ] = False,
) -> None:
    """Every night, the right people and the right words, from your own warehouse."""


@app.command(
    epilog=examples(
        "nightpost run",
        "nightpost run --date 2026-04-05 --home /srv/nightpost",
        "30 2 * * *  nightpost run --quiet --home /srv/nightpost",
    )
)
def run(
    night: Annotated[
        date | None,
        typer.Option(
            "--date",
            parser=parse_day,
            metavar=DAY_FORM,
            help="The night; default: the newest.",
        ),
    ] = None,
    home: Home = None,
    target: Target = None,
    quiet: Quiet = False,
) -> None:
    """Run one night: load, build, export, publish. Ends with 3 if something was held back."""
    settings = settings_for(home, target)

    def chosen() -> list[date]:
        if night:
            refuse_unfinished(settings, night)
            check_arrived(settings.home, night)
            return [night]
        from orchestration.command.nights import newest_night

        return [newest_night(settings)]

    run_in_order(settings, chosen, quiet=quiet)


@app.command(
    epilog=examples("nightpost backfill --from 2026-04-01 --to 2026-04-05"),
)
def backfill(
    first: Annotated[
        date,
        typer.Option("--from", parser=parse_day, metavar=DAY_FORM, help="First night."),
    ],
    last: Annotated[
        date,
        typer.Option("--to", parser=parse_day, metavar=DAY_FORM, help="Last night."),
    ],
    home: Home = None,
    target: Target = None,
    quiet: Quiet = False,
) -> None:
    """Run past nights in order. CURRENT moves only where a night is newer than it."""
    if last < first:
        stop("--to is before --from; give the older date first.")
    settings = settings_for(home, target)

    def chosen() -> list[date]:
        refuse_unfinished(settings, last)
        from orchestration.command.nights import nights_between

        return nights_between(settings, first, last)

    run_in_order(settings, chosen, quiet=quiet)


def run_in_order(
    settings: Settings, chosen: Callable[[], list[date]], *, quiet: bool
) -> None:
    """Run the nights, say what came out of each, and end with the contract's exit code."""
    out = None if quiet else sys.stderr
    if out:
        typer.echo(f"Home {settings.home}", file=out)
    held_back = False
    try:
        nights = chosen()
        with night_lock(settings.home, wait=False):
            held_back = run_and_say(settings, nights, out)
    except (NoSuchNightError, NothingArrivedError) as error:
        stop(str(error))
    if held_back:
        raise typer.Exit(HELD_BACK)


def run_and_say(settings: Settings, nights: list[date], out: TextIO | None) -> bool:
    """Run ``nights``, print what came out of each; tell whether one held something back."""
    from orchestration.arrivals.contracts import ContractError
    from orchestration.building.dbt import ProjectDoesNotParseError
    from orchestration.command.nights import NightFailedError, run_nights
    from orchestration.command.summary import held_lines, summarise

    held_back = False
    try:
        for result in run_nights(settings, nights, out):
            held_back = held_back or bool(result.held)
            said = (summarise if out else held_lines)(settings, result)
            if said:
                typer.echo(said)
    except (
        NightFailedError,
        ProjectDoesNotParseError,
        ContractError,
        SettingsError,
    ) as error:
        stop(str(error), FAILED)
    return held_back


@app.command(
    epilog=examples("nightpost land orders.csv --as shopify/orders --date 2026-04-05")
)
def land(
    file: Annotated[Path, typer.Argument(help="The export to hand over.")],
    source_table: Annotated[
        str, typer.Option("--as", help="Where it belongs, for example shopify/orders.")
    ],
    export_date: Annotated[
        date,
        typer.Option(
            "--date", parser=parse_day, metavar=DAY_FORM, help="The export's date."
        ),
    ],
    home: Home = None,
) -> None:
    """Put a file into the inbox, whole or not at all."""
    from orchestration.arrivals.contracts import (
        ContractError,
        read_contracts,
        switched_off,
    )
    from orchestration.arrivals.inbox import LandError
    from orchestration.arrivals.inbox import land as put

    settings = settings_for(home)
    source, _, table = source_table.partition("/")
    if export_date > (today := newest_day_over(settings) + timedelta(days=1)):
        stop(
            f"{export_date.isoformat()} lies ahead: an export's date is the day that it was "
            f"made on, at most today ({today.isoformat()}). Nothing was put into the inbox."
        )
    try:
        if switch := switched_off(settings.project_dir, source):
            stop(
                f"{source} is switched off. Set `{switch}: true` under `vars:` of "
                f"{settings.project_dir / 'dbt_project.yml'}, then land the file again."
            )
        target = put(
            file,
            source=source,
            table=table,
            export_date=export_date,
            home=settings.home,
            contracts=read_contracts(settings.project_dir),
        )
    except (LandError, ContractError) as error:
        stop(str(error))
    typer.echo(f"Landed {target}")


@app.command(
    epilog=examples(
        'nightpost accept shopify/orders/2026-04-05.csv --why "Anna: it was the sale"'
    )
)
def accept(
    file: Annotated[
        str, typer.Argument(help="A file that is held back: SOURCE/TABLE/FILE.")
    ],
    why: Annotated[str, typer.Option(help="Who says so, and why; it is kept.")],
    home: Home = None,
) -> None:
    """Let a file pass that looks unlike the ones before it; the next run loads it."""
    from orchestration.arrivals.acceptances import (
        AcceptancesDamagedError,
        AcceptError,
        accept_file,
    )
    from orchestration.arrivals.contracts import ContractError, read_contracts
    from orchestration.home.published import closed_nights

    settings = settings_of_home(home)
    try:
        accepted = accept_file(
            settings.home,
            read_contracts(settings.project_dir),
            file,
            why,
            closed_nights(settings),
        )
    except (AcceptError, ContractError) as error:
        stop(str(error))
    except AcceptancesDamagedError as error:
        stop(str(error), FAILED)
    typer.echo(
        f"Accepted {file} as it is. It counts from night {accepted.night.isoformat()} on; "
        "run the night again."
    )


@app.command(
    epilog=examples(
        "nightpost rejects", "nightpost rejects shopify/orders --export rejected.csv"
    )
)
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
    """Show what was rejected at load, in staging and at export, by reason; or write it."""
    from orchestration.arrivals.contracts import ContractError, read_contracts
    from orchestration.arrivals.ledger import LedgerError
    from orchestration.arrivals.reject_reports import (
        export_rejects,
        read_rejects,
        show_rejects,
    )
    from orchestration.command.refused_exports import show_refused_exports
    from orchestration.home.files import OwnFolderError, check_not_own

    settings = settings_of_home(home)
    try:
        if export:
            check_not_own(settings.home, export)
        tables = {
            f"{contract.source}/{contract.table}": contract
            for contract in read_contracts(settings.project_dir)
        }
        contracts = [
            contract
            for name, contract in tables.items()
            if source_table in (None, name)
        ]
        if not contracts:
            stop(
                f"There is no source table {source_table} that is on. On are: "
                f"{', '.join(tables)}."
            )
        typer.echo(show_rejects(read_rejects(settings.home, contracts)))
        if source_table is None and (refused := show_refused_exports(settings)):
            typer.echo(refused)
        if export:
            rows = export_rejects(settings.home, contracts, export)
            typer.echo(
                f"Wrote {rows:,} rejected rows to {export}; it holds people's data."
            )
    except (ContractError, OwnFolderError) as error:
        stop(str(error))
    except LedgerError as error:
        stop(str(error), FAILED)


@app.command(epilog=examples("nightpost reprocess --from 2026-04-01 --to 2026-04-05"))
def reprocess(
    first: Annotated[
        date,
        typer.Option(
            "--from", parser=parse_day, metavar=DAY_FORM, help="First export date."
        ),
    ],
    last: Annotated[
        date,
        typer.Option(
            "--to", parser=parse_day, metavar=DAY_FORM, help="Last export date."
        ),
    ],
    home: Home = None,
) -> None:
    """Process the files of a window of export dates again, and no others, with a run."""
    if last < first:
        stop("--to is before --from; give the older date first.")
    from orchestration.building.history import forget_window

    settings = settings_of_home(home)
    forgotten = forget_window(settings, first, last)
    typer.echo(
        f"{forgotten.files:,} files are processed again, in {forgotten.models} models.\n"
    )
    run(home=home)


@app.command(epilog=examples("nightpost verify", "nightpost verify --date 2026-04-05"))
def verify(
    night: Annotated[
        date | None,
        typer.Option(
            "--date",
            parser=parse_day,
            metavar=DAY_FORM,
            help="The night; default: the newest.",
        ),
    ] = None,
    home: Home = None,
) -> None:
    """Build a published night from the raw zone alone and compare every table."""
    from orchestration.building.stages import StageFailedError
    from orchestration.home.published import NothingPublishedError
    from orchestration.verify import CannotVerifyError, verify_night

    settings = settings_of_home(home)
    typer.echo(
        "Building the night once more; it takes as long as a night ...", err=True
    )
    try:
        found = verify_night(settings, night)
    except (CannotVerifyError, NothingPublishedError) as error:
        stop(str(error))
    except StageFailedError as error:
        stop(str(error), FAILED)
    typer.echo(found.sentence())
    if not found.is_good:
        raise typer.Exit(FAILED)


@app.command(
    epilog=examples(
        "nightpost demo", "nightpost demo --people 500 --days 20 --home trial"
    )
)
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
        )
    typer.echo(f"Making demo exports: {people:,} people, {days} days ...", err=True)
    try:
        receipt = generate(
            inbox, settings.home / "demo_truth", people=people, days=days, seed=seed
        )
    except DemoTooSmallError as error:
        stop(str(error))
    typer.echo(
        f"Made {receipt.total_rows:,} rows in {receipt.files:,} demo exports, "
        f"{receipt.rows_per_second:,.0f} rows a second: {inbox}\n"
        f"What is really so lies beside it: {settings.home / 'demo_truth'}\n"
    )


segments.add_looking(app)


@app.command(epilog=examples("nightpost drift", "nightpost drift --date 2026-04-05"))
def drift(
    night: Annotated[
        date | None,
        typer.Option(
            "--date",
            parser=parse_day,
            metavar=DAY_FORM,
            help="The night; default: the published one.",
        ),
    ] = None,
    home: Home = None,
) -> None:
    """Show how far scores and features moved since the previous night and in 28 nights."""
    from orchestration.home.published import NothingPublishedError, read_current
    from orchestration.watching.drift_state import read_shifts
    from orchestration.watching.psi import drift_table

    settings = settings_of_home(home)
    try:
        day = night or date.fromisoformat(read_current(settings).night)
    except NothingPublishedError as error:
        stop(str(error))
    shifts = read_shifts(settings, day)
    if shifts is None:
        stop(
            f"Night {day.isoformat()} left no figures in {settings.state / 'drift'}: it was "
            "not published, or could not be measured.",
        )
    typer.echo("\n".join(drift_table(shifts)))


@app.command(
    epilog=examples("nightpost ui", "nightpost ui --port 3001 --home /srv/nightpost")
)
def ui(
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")
    ] = 3000,
    home: Home = None,
) -> None:
    """Open Dagster on 127.0.0.1: lineage, backfills, schedule. It has no login of its own."""
    from orchestration.command.ui import CannotOpenError, open_ui

    settings = settings_of_home(home)
    typer.echo(f"Home {settings.home}", err=True)
    try:
        open_ui(settings, port)
    except CannotOpenError as error:
        stop(str(error))


app.command(
    epilog=examples(
        "nightpost unsubscribe https://shop.example.com/unsubscribe/TOKEN "
        "--at 2026-04-06T09:30:00Z",
        "nightpost unsubscribe clicked_links.csv --out withdrawals.csv",
    )
)(unsubscribe)

app.command(
    epilog=examples(
        "nightpost sends ana@example.com", "nightpost sends cart_abandoners"
    )
)(sends)


def main() -> None:
    """Run the command; a home that is busy, or cannot be used, is a sentence, too."""
    try:
        app()
    except NightRunningError as error:
        typer.echo(str(error), err=True)
        sys.exit(NIGHT_RUNNING)
    except SettingsError as error:
        typer.echo(str(error), err=True)
        sys.exit(USAGE)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        typer.echo(
            f"A file or folder cannot be used: {error.strerror}{where}.", err=True
        )
        sys.exit(USAGE)
