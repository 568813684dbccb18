"""Claims of a row that fail alone: a picture or a link that is unsafe is left out.

A shop's catalogue has addresses of all kinds. One without a scheme is read as https;
one that is no plain web address becomes null before a template sees it, and is counted,
so the mail goes without that picture or link instead of not at all.
"""

import re
from dataclasses import dataclass

from exporters.links import web_address
from exporters.rejects import RowRefusedError

PICTURE, LINK = "unsafe_picture", "unsafe_link"

_HOST_AND_PATH = re.compile(
    r"(?:www\.)?(?:[a-z0-9-]+\.)+[a-z]{2,63}(?::[0-9]{1,5})?/"
    r"|www\.(?:[a-z0-9-]+\.)+[a-z]{2,63}\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class LeftOut:
    """An address that was left out of a mail: a reason code, and the value."""

    reason: str
    value: str


def is_claim(name: str) -> bool:
    """Return whether a token, or a key of a list's rows, holds an address."""
    return name == "url" or name.endswith("_url")


def checked_token(name: str, value: object) -> tuple[object, tuple[LeftOut, ...]]:
    """Return a token's value without unsafe addresses, and what was left out."""
    left_out: list[LeftOut] = []
    return _checked(name, value, left_out), tuple(left_out)


def readable_address(url: str) -> str | None:
    """Return ``url`` as a web address, https where it names no scheme; null if unsafe."""
    address = url.strip(" ")
    if address.startswith("//"):
        address = f"https:{address}"
    elif _HOST_AND_PATH.match(address):
        address = f"https://{address}"
    try:
        web_address(address)
    except RowRefusedError:
        return None
    return address


def _checked(name: str, value: object, left_out: list[LeftOut]) -> object:
    if isinstance(value, list):
        return [_checked(name, one, left_out) for one in value]
    if isinstance(value, dict):
        return {key: _checked(key, one, left_out) for key, one in value.items()}
    if value is None or not is_claim(name):
        return value
    address = readable_address(value) if isinstance(value, str) else None
    if address is None and value != "":
        reason = PICTURE if "image" in name else LINK
        left_out.append(LeftOut(reason, str(value)))
    return address
