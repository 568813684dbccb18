"""The commands with which an analyst looks at a segment on the published night."""

from typing import Annotated

import typer

from orchestration.command.options import Home, examples, settings_of_home, stop

Segment = Annotated[
    str, typer.Argument(help="A segment's name, or a file with its SQL.")
]


def add_looking(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    app.command(
        "preview",
        epilog=examples(
            "nightpost preview seg_cart_abandoners",
            "nightpost preview dbt_project/models/segments/value/seg_new_idea.sql",
        ),
    )(preview)
    app.command(
        "explain", epilog=examples("nightpost explain cart_abandoners ana@example.com")
    )(explain)


def preview(segment: Segment, home: Home = None) -> None:
    """Show whom a segment catches on the published night: size, reach, sample, overlap."""
    from orchestration.home.published import NothingPublishedError
    from orchestration.looking.previews import PreviewRefusedError, preview_segment

    try:
        typer.echo(preview_segment(settings_of_home(home), segment))
    except (PreviewRefusedError, NothingPublishedError) as error:
        stop(str(error))


def explain(
    segment: Segment,
    person: Annotated[
        str,
        typer.Argument(
            help="A profile_id (old ones too), an address, a phone number, or a record "
            "as SOURCE/KEY."
        ),
    ],
    home: Home = None,
) -> None:
    """Show why somebody is in a segment or not: each condition, and what they have."""
    from orchestration.home.published import NothingPublishedError
    from orchestration.looking.explained import as_text, explain_member
    from orchestration.looking.lookup import PersonNotFoundError, SeveralPeopleError
    from orchestration.looking.previews import PreviewRefusedError

    try:
        typer.echo(as_text(explain_member(settings_of_home(home), segment, person)))
    except (
        PersonNotFoundError,
        SeveralPeopleError,
        PreviewRefusedError,
        NothingPublishedError,
    ) as error:
        stop(str(error))
