"""Turn unsubscribe tokens back into people: withdrawals in the consent ledger's layout.

A token is a signature and holds nobody's data, so a person is found by signing every
address and id that the published night knows, those of former ids too, and comparing.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from exporters.unsubscribe import unsubscribe_token
from orchestration.home.published import read_current
from orchestration.home.settings import Settings

LEDGER_COLUMNS = (
    *("subject", "channel", "purpose", "lawful_basis", "status", "event_time"),
    *("source", "method", "policy_version", "proof_reference", "double_opt_in_time"),
    "jurisdiction",
)
"""Columns of the consent ledger, as `consent/ledger` is landed."""

LONGEST_PATH = 1_000
"""Characters; a longer argument is no file's name, and asking would be an error."""

KNOWN_ADDRESSES = """
with
    addresses as (
        select profile_id, identifier_value as email
        from marts.profile_identifiers
        where identifier_type = 'email'
        union
        select profile_id, email from marts.profiles where email is not null
    )

select profile_id, email from addresses
union
select aliases.old_profile_id, addresses.email
from marts.profile_aliases as aliases
inner join addresses using (profile_id)
"""


class BadRequestError(Exception):
    """A line that asks for an unsubscription cannot be read; the sentence says which."""


@dataclass(frozen=True)
class Request:
    """Somebody followed the link that ends in ``token``, at ``asked_at``."""

    line: int
    token: str
    asked_at: datetime


def read_requests(text: str, asked_at: datetime | None = None) -> list[Request]:
    """Return the requests in ``text``: a token or a whole link a line, then its time.

    Token and time stand apart by a comma; a line without a time takes ``asked_at``.

    Raises:
        BadRequestError: a line has no token, or no time with an offset.
    """
    return [
        read_request(number, line, asked_at)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]


def read_request(line: int, text: str, asked_at: datetime | None) -> Request:
    """Return one line's request.

    Raises:
        BadRequestError: it has no token, or no time with an offset.
    """
    link, _, time = (part.strip() for part in text.partition(","))
    token = link.partition("?")[0].rstrip("/").rsplit("/", maxsplit=1)[-1]
    when = asked_at
    if time:
        try:
            when = datetime.fromisoformat(time)
        except ValueError:
            when = None
    if not token or when is None or when.tzinfo is None:
        raise BadRequestError(
            f"Line {line} does not say who unsubscribed and when. Write the token or the "
            "link, a comma and the time with its offset, such as 2026-04-06T09:30:00Z; or "
            "give one time for all with --at."
        )
    return Request(line, token, when)


def find_withdrawals(
    settings: Settings, requests: Iterable[Request]
) -> tuple[str, list[int]]:
    """Return the ledger's rows as CSV, and the lines whose token is nobody's.

    Raises:
        NothingPublishedError: no night is published whose people could be asked.
    """
    wanted = list(requests)
    people = dict(signed_addresses(settings, {one.token for one in wanted}))
    rows = io.StringIO()
    writer = csv.DictWriter(rows, LEDGER_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for one in wanted:
        if email := people.get(one.token):
            writer.writerow(withdrawal(one, email))
    return rows.getvalue(), [one.line for one in wanted if one.token not in people]


def signed_addresses(settings: Settings, tokens: set[str]) -> Iterator[tuple[str, str]]:
    """Yield each of ``tokens`` that is somebody's, with the address it was sent to."""
    key = settings.unsubscribe_key()
    database = settings.home / read_current(settings).database
    with duckdb.connect(str(database), read_only=True) as connection:
        for profile_id, email in connection.execute(KNOWN_ADDRESSES).fetchall():
            token = unsubscribe_token(key, str(profile_id), str(email))
            if token in tokens:
                yield token, str(email)


def withdrawal(request: Request, email: str) -> dict[str, str]:
    """Return one row of the ledger: this address takes back its yes to marketing."""
    return {
        "subject": email,
        "channel": "email",
        "purpose": "marketing",
        "status": "withdrawn",
        "event_time": request.asked_at.isoformat(),
        "source": "unsubscribe link",
        "method": "link",
        "proof_reference": request.token,
    }


def text_of(token_or_file: str) -> str:
    """Return the lines of a file, or what was given where no file is called so."""
    path = Path(token_or_file)
    if len(token_or_file) <= LONGEST_PATH and path.is_file():
        return path.read_text(encoding="utf-8-sig")
    return token_or_file
