"""The commands that look at the published night's people. What they print is personal."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from orchestration.command.options import Home, examples, settings_of_home, stop

SHOW = "show"

AsJson = Annotated[
    bool, typer.Option("--json", help="Print it as JSON, for another program.")
]


class PersonGroup(TyperGroup):
    """Commands by name; any other first word is a person to show."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `show` before the first word where that is no command and no option."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = [SHOW, *args]
        rest: list[str] = super().parse_args(ctx, args)
        return rest


def add_looking(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    app.command(SHOW, epilog=examples("nightpost identity show ana@example.com"))(show)
    clerical_examples = examples("nightpost identity clerical --csv pairs.csv")
    app.command("clerical", epilog=clerical_examples)(clerical)
    app.command("truth", epilog=examples("nightpost identity truth"))(truth)


def show(
    person: Annotated[
        str,
        typer.Argument(
            help="A profile_id (old ones too), an address, a phone number, or a record "
            "as SOURCE/KEY."
        ),
    ],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show one person: records, links with weights, history, which source won what."""
    from orchestration.home.published import NothingPublishedError
    from orchestration.looking.lookup import PersonNotFoundError, SeveralPeopleError
    from orchestration.looking.person import read_person
    from orchestration.looking.person_text import print_person

    try:
        found = read_person(settings_of_home(home), person)
    except (PersonNotFoundError, SeveralPeopleError, NothingPublishedError) as error:
        stop(str(error))
    if as_json:
        typer.echo(as_text(asdict(found)))
    else:
        print_person(found)


def clerical(
    csv: Annotated[
        Path | None,
        typer.Option(help="Write the list to this file (private), for a human."),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List pairs of people who may be one and were not merged, the likeliest first."""
    from orchestration.home.files import OwnFolderError, check_not_own
    from orchestration.home.published import NothingPublishedError
    from orchestration.looking.clerical import read_clerical, write_clerical
    from orchestration.looking.person_text import print_clerical

    settings = settings_of_home(home)
    try:
        if csv:
            check_not_own(settings.home, csv)
        pairs = read_clerical(settings)
    except (NothingPublishedError, OwnFolderError) as error:
        stop(str(error))
    if csv:
        write_clerical(pairs, csv)
        typer.echo(f"Wrote {len(pairs):,} pairs to {csv}; it holds people's data.")
    elif as_json:
        typer.echo(as_text([asdict(pair) for pair in pairs]))
    else:
        print_clerical(pairs)


def truth(home: Home = None, as_json: AsJson = False) -> None:
    """Compare the people with a demo's truth: precision, recall, errors by kind."""
    from orchestration.home.published import NothingPublishedError
    from orchestration.identity.proof.truth import NoTruthError, compare_with_truth
    from orchestration.identity.proof.truth_text import truth_lines

    try:
        found = compare_with_truth(settings_of_home(home))
    except (NoTruthError, NothingPublishedError) as error:
        stop(str(error))
    if as_json:
        body = asdict(found)
        for row, score in zip(body["scores"], found.scores, strict=True):
            row |= {"precision": score.precision, "recall": score.recall}
        typer.echo(as_text(body))
    else:
        typer.echo("\n".join(truth_lines(found)))


def as_text(value: Any) -> str:
    """Return ``value`` as JSON; dates as ISO 8601."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
