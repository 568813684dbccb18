"""`nightpost unsubscribe`: whom an unsubscribe link belongs to, as rows to land."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration.command.options import HELD_BACK, Home, settings_of_home, stop
from orchestration.home.files import OwnFolderError, check_not_own, write_atomically


def unsubscribe(
    token_or_file: Annotated[
        str,
        typer.Argument(
            metavar="TOKEN|FILE",
            help="The end of an unsubscribe link, the link, or a file of LINK,TIME lines.",
        ),
    ],
    at: Annotated[
        str | None,
        typer.Option(
            help="When they asked, with offset, where a line does not say: "
            "2026-04-06T09:30:00Z."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write the rows to this file (private), not to the terminal."
        ),
    ] = None,
    home: Home = None,
) -> None:
    """Turn unsubscribe links into withdrawals, as rows to land as consent/withdrawals."""
    from orchestration.home.published import NothingPublishedError
    from orchestration.publishing.unsubscribes import (
        BadRequestError,
        find_withdrawals,
        read_requests,
        text_of,
    )

    settings = settings_of_home(home)
    try:
        asked_at = datetime.fromisoformat(at) if at else None
    except ValueError:
        stop("--at is no time; write it like 2026-04-06T09:30:00Z.")
    try:
        if out:
            check_not_own(settings.home, out)
        requests = read_requests(text_of(token_or_file), asked_at)
        rows, strangers = find_withdrawals(settings, requests)
    except (BadRequestError, NothingPublishedError, OwnFolderError) as error:
        stop(str(error))
    if out:
        write_atomically(out, rows.encode("utf-8"))
        typer.echo(
            f"Wrote {len(requests) - len(strangers)} withdrawals to {out}; it holds "
            f"addresses. Land them: nightpost land {out} --as consent/withdrawals --date "
            "YYYY-MM-DD. They hold from the next night, and count as no day's ledger."
        )
    else:
        typer.echo(rows, nl=False)
    if strangers:
        lines = ", ".join(str(line) for line in strangers)
        stop(
            f"{len(strangers)} of {len(requests)} links are nobody's that the published "
            f"night knows, or were signed with another key (line {lines}). Look their mails "
            "up in payloads.jsonl by unsubscribe_token; none of them may be dropped.",
            HELD_BACK,
        )
