"""`nightpost identity …`: look at people, and measure how well they were found."""

import typer

from orchestration.identity.looking import PersonGroup, add_looking

app = typer.Typer(
    cls=PersonGroup,
    no_args_is_help=True,
    help="Who is the same person, and why: nightpost identity PERSON shows one.",
)
add_looking(app)
