"""The command that says whom we wrote to. What it prints of a person is personal."""

from dataclasses import asdict
from typing import Annotated

import typer

from orchestration.command.options import Home, settings_of_home, stop
from orchestration.command.people import AsJson, as_text


def sends(
    name: Annotated[
        str,
        typer.Argument(
            metavar="PERSON|SEGMENT",
            help="A segment, or a person by profile_id, address, phone number or record.",
        ),
    ],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show what a person or a segment was written, what is held back and until when."""
    from orchestration.home.published import NothingPublishedError
    from orchestration.looking.lookup import PersonNotFoundError, SeveralPeopleError
    from orchestration.looking.sends import NoSendsError, read_sends
    from orchestration.looking.sends_text import print_sends

    try:
        found = read_sends(settings_of_home(home), name)
    except (
        NoSendsError,
        NothingPublishedError,
        PersonNotFoundError,
        SeveralPeopleError,
    ) as error:
        stop(str(error))
    if as_json:
        typer.echo(as_text(asdict(found)))
    else:
        print_sends(found)
