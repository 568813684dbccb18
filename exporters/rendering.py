"""One row in, one payload line out: everything that a sending service needs.

What belongs here: the order and meaning of a payload's fields, and which rows are
refused. Which rows there are is `payload_rows`' business, the message `messages`'.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import orjson

from exporters.claims import LeftOut, checked_token, is_claim
from exporters.errors import MissingColumnsError, TemplateBrokenError
from exporters.links import marked_link
from exporters.messages import MessageMaker, Row
from exporters.rejects import Reject, RowRefusedError, value_sha256
from exporters.template_errors import broken_at
from exporters.template_lint import token_name, used_tokens
from exporters.template_sources import Template
from exporters.unsubscribe import Sender, unsubscribe_token

ENVELOPE = (
    "segment",
    "profile_id",
    "email",
    "consent_event_id",
    "message_id",
    "variant",
    "reason",
    "send_at",
)
"""Columns that have a field of their own in the payload and are not among tokens."""


@dataclass(frozen=True)
class Rendered:
    """A run of rows, rendered: JSON lines, how many, and the refused rows.

    ``left_out`` are the pictures and links that were left out of rows that went.
    """

    lines: bytes
    rows: int
    rejects: tuple[Reject, ...]
    left_out: tuple[Reject, ...] = ()


class Renderer:
    """Renders rows of one segment; not to be shared between threads."""

    def __init__(self, template: Template, sender: Sender) -> None:
        """Compile every file of ``template``.

        Raises:
            MissingColumnsError: the template's columns lack one of `ENVELOPE`.
            TemplateBrokenError: a file cannot be compiled.

        """
        _check_columns(template)
        self._template = template
        self._sender = sender
        self._columns = template.columns
        self._tokens = [token_name(name) for name in template.columns]
        used = used_tokens(template)
        self._content = [
            name for name in self._tokens if name in used and name not in ENVELOPE
        ]
        self._json = [
            (at, name, token_name(name))
            for at, name in enumerate(template.columns)
            if name.endswith("_json")
        ]
        self._claims = [
            (at, name) for at, name in enumerate(template.columns) if is_claim(name)
        ]
        self._left_out: list[Reject] = []
        try:
            self._maker = MessageMaker(template, sender)
        except Exception as problem:
            broken = broken_at(template, problem)
        else:
            return
        raise broken

    def render(self, rows: Sequence[Row]) -> Rendered:
        """Return the payload lines of ``rows``, in their order, without refused rows.

        Raises:
            TemplateBrokenError: a row cannot be rendered because the template is wrong.

        """
        lines: list[bytes] = []
        rejects: list[Reject] = []
        left_out: list[Reject] = []
        for row in rows:
            try:
                lines.append(self.line(row))
            except RowRefusedError as refusal:
                rejects.append(self._reject(row, refusal))
            else:
                left_out += self._left_out
        return Rendered(b"".join(lines), len(lines), tuple(rejects), tuple(left_out))

    def line(self, row: Row) -> bytes:
        """Return one payload as a JSON line.

        Raises:
            RowRefusedError: the row's data cannot be put into a message.
            TemplateBrokenError: the template is wrong.

        """
        try:
            return orjson.dumps(self._payload(row), option=orjson.OPT_APPEND_NEWLINE)
        except (RowRefusedError, TemplateBrokenError):
            raise
        except Exception as problem:
            broken = broken_at(self._template, problem)
        raise broken

    def _payload(self, row: Row) -> dict[str, object]:
        tokens = self._read_tokens(row)
        profile_id, email = tokens["profile_id"], tokens["email"]
        token = unsubscribe_token(self._sender.key, str(profile_id), str(email))
        message_id = str(tokens["message_id"])
        url = marked_link(self._sender.unsubscribe_url(token), message_id)
        message = self._maker.make(row, tokens, url)
        content = {name: tokens[name] for name in self._content}
        return {
            "message_id": message_id,
            "profile_id": profile_id,
            "email": email,
            "segment": tokens["segment"],
            "variant": tokens["variant"],
            "reason": tokens["reason"],
            "subject": message.subject,
            "preheader": message.preheader,
            "blocks": message.blocks,
            "html": message.html,
            "text": message.text,
            "tokens": content,
            "recommendations": content.get("recommendations") or [],
            "links": message.links,
            "send_at": tokens["send_at"],
            "unsubscribe_token": token,
            "unsubscribe_url": url,
            "headers": {
                "List-Unsubscribe": f"<{url}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            "consent_event_id": tokens["consent_event_id"],
            "custom_args": {"nightpost_message_id": message_id},
        }

    def _read_tokens(self, row: Row) -> dict[str, object]:
        tokens = dict(zip(self._tokens, row, strict=True))
        self._left_out = []
        for at, column, token in self._json:
            if (text := row[at]) is not None:
                tokens[token], left_out = _parsed(column, str(text))
                self._leave_out(row, column, left_out)
        for at, column in self._claims:
            if row[at] is not None:
                tokens[column], left_out = _checked(column, row[at])
                self._leave_out(row, column, left_out)
        return tokens

    def _leave_out(self, row: Row, column: str, left_out: tuple[LeftOut, ...]) -> None:
        if left_out:
            segment = self._template.segment
            profile_id = str(row[self._tokens.index("profile_id")])
            self._left_out += [
                Reject(segment, profile_id, one.reason, column, value_sha256(one.value))
                for one in left_out
            ]

    def _reject(self, row: Row, refusal: RowRefusedError) -> Reject:
        profile_id = str(row[self._tokens.index("profile_id")])
        field = refusal.field or self._field_holding(row, refusal.value)
        digest = value_sha256(refusal.value)
        return Reject(self._template.segment, profile_id, refusal.reason, field, digest)

    def _field_holding(self, row: Row, value: object) -> str:
        """Return the column that a refused value came from, or else the block."""
        if value is None:
            return self._maker.block
        for name, cell in zip(self._columns, row, strict=True):
            tree = cell
            if name.endswith("_json") and cell is not None:
                tree = orjson.loads(str(cell))
            if _holds(tree, value):
                return name
        return self._maker.block


def _holds(tree: object, value: object) -> bool:
    if isinstance(tree, dict):
        return any(_holds(one, value) for one in tree.values())
    if isinstance(tree, list):
        return any(_holds(one, value) for one in tree)
    return str(tree) == str(value)


@lru_cache(maxsize=4_096)
def _parsed(column: str, text: str) -> tuple[object, tuple[LeftOut, ...]]:
    try:
        tree = orjson.loads(text)
    except orjson.JSONDecodeError:
        tree = None
    else:
        return checked_token(column, tree)
    raise RowRefusedError("unreadable_json", column, text)


@lru_cache(maxsize=4_096)
def _checked(column: str, value: object) -> tuple[object, tuple[LeftOut, ...]]:
    return checked_token(column, value)


def _check_columns(template: Template) -> None:
    missing = [name for name in ENVELOPE if name not in template.columns]
    if missing:
        raise MissingColumnsError(
            f"{template.segment}: activation.act_payload_fields lacks "
            f"{', '.join(missing)}. Add the columns to the model."
        )
