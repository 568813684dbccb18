"""`nightpost identity …`: look at people, and measure how well they were found."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from orchestration.command.options import (
    DAY_FORM,
    FAILED,
    Home,
    examples,
    parse_day,
    settings_of_home,
    stop,
)
from orchestration.command.people import PersonGroup, add_looking

app = typer.Typer(
    cls=PersonGroup,
    no_args_is_help=True,
    help="Who is the same person, and why: nightpost identity PERSON shows one.",
    epilog=examples(
        "nightpost identity ana@example.com", "nightpost identity shopify/1234"
    ),
)
add_looking(app)


@app.command(
    epilog=examples(
        "nightpost identity evaluate people.csv --labels cluster "
        "--map given=first_name,surname=last_name"
    )
)
def evaluate(
    file: Annotated[Path, typer.Argument(help="A CSV or Parquet table of people.")],
    labels: Annotated[
        str, typer.Option(help="The column that says who is truly the same person.")
    ],
    columns: Annotated[
        str,
        typer.Option(
            "--map", help="column=meaning,...: first_name, last_name, full_name, ..."
        ),
    ],
    *,
    deduplicated: Annotated[
        str, typer.Option(help="Sources, by comma, in which nobody stands twice.")
    ] = "",
    strict: Annotated[
        bool,
        typer.Option(help="Keep unlike first names apart in any case, as a night."),
    ] = False,
    beside_splink: Annotated[
        bool, typer.Option(help="Run Splink beside it, set up as in its tutorial.")
    ] = False,
) -> None:
    """Link a table of people as a night does; print pairwise precision, recall and F1."""
    import duckdb

    from orchestration.identity.proof.evaluation import (
        CannotEvaluateError,
        compare_with_labels,
        read_map,
        read_table,
    )
    from orchestration.identity.proof.evaluation import evaluate as run

    connection = duckdb.connect()
    try:
        meanings = read_map(columns)
        read_table(connection, file, labels, meanings)
    except CannotEvaluateError as error:
        stop(str(error))
    names = [name.strip() for name in deduplicated.split(",") if name.strip()]
    typer.echo(
        run(connection, list(meanings), strict=strict, deduplicated=names).line()
    )
    if beside_splink:
        from orchestration.identity.proof.plain_splink import run_plain_splink

        seconds = run_plain_splink(connection, meanings, "splinks")
        typer.echo(
            compare_with_labels(connection, "plain Splink", "splinks", seconds).line()
        )


@app.command(epilog=examples("nightpost identity train"))
def train(
    night: Annotated[
        date | None,
        typer.Option(
            "--date",
            parser=parse_day,
            metavar=DAY_FORM,
            help="The night that it is trained on; default: the newest.",
        ),
    ] = None,
    home: Home = None,
) -> None:
    """Train the linkage model on the records at hand; it serves the nights after."""
    from orchestration.home.published import NothingPublishedError, read_current
    from orchestration.identity.linkage.learning import CannotTrainError, train_model
    from orchestration.identity.linkage.linkage_model import ModelDamagedError

    settings = settings_of_home(home)
    try:
        day = night or date.fromisoformat(read_current(settings).night)
        trained = train_model(settings, day)
    except (CannotTrainError, NothingPublishedError) as error:
        stop(str(error))
    except ModelDamagedError as error:
        stop(str(error), FAILED)
    typer.echo(trained.sentence())
