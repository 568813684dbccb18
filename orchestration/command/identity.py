"""`nightpost identity …`: look at people, and measure how well they were found."""

from pathlib import Path
from typing import Annotated

import typer

from orchestration.command.options import (
    examples,
    require_library,
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
    beside_splink: Annotated[
        bool, typer.Option(help="Run Splink beside it, set up as in its tutorial.")
    ] = False,
) -> None:
    """Run a night over a table of people; print pairwise precision, recall and F1.

    The table goes as generic contacts into a home of its own, under the settings of the
    project in force; nothing of it is kept.
    """
    import duckdb

    from orchestration.command.labelled import evaluate_night
    from orchestration.identity.proof.evaluation import (
        CannotEvaluateError,
        compare_with_labels,
        read_map,
        read_table,
    )

    connection = duckdb.connect()
    try:
        meanings = read_map(columns)
        read_table(connection, file, labels, meanings)
    except CannotEvaluateError as error:
        stop(str(error))
    typer.echo(evaluate_night(connection, list(meanings)).line())
    if beside_splink:
        require_library("splink", "--beside-splink")
        from orchestration.identity.proof.plain_splink import run_plain_splink

        seconds = run_plain_splink(connection, meanings, "splinks")
        typer.echo(
            compare_with_labels(connection, "plain Splink", "splinks", seconds).line()
        )
