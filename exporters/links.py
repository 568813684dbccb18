"""Links of a message: which addresses are allowed, and how they are tagged.

Only http, https and mailto leave the house. Web links get the four UTM parameters in
lower case; what an address already says about itself is never overwritten. Behind them stands
which mail the link is in, an id that tells nothing of the person.
"""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from exporters.rejects import RowRefusedError

UTM_SOURCE = "nightpost"
UTM_MEDIUM = "email"
MESSAGE = "np_message"
"""The parameter that holds the id of the mail."""
MESSAGE_MARK = "xxNightpostxMessagexIdxxxxxxxxxx"
"""Stands for that id while a message is made: blocks that are alike are made only once."""

_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\\\\]"
)
_WEB = ("http", "https")
# Visible ASCII characters stay, except those that could end an attribute.
_KEPT = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "\"'<>`")


@lru_cache(maxsize=16_384)
def web_address(url: str) -> str:
    """Return ``url`` trimmed, with blanks encoded, when it is a plain web address.

    Raises:
        RowRefusedError: it is not http or https, has no host, or hides something.

    """
    trimmed = url.strip(" ")
    if _HIDDEN.search(trimmed):
        raise _unsafe(url)
    try:
        parts = urlsplit(trimmed)
    except ValueError:
        raise _unsafe(url) from None
    if parts.scheme not in _WEB or not parts.hostname or "@" in parts.netloc:
        raise _unsafe(url)
    return quote(trimmed, safe=_KEPT)


@lru_cache(maxsize=16_384)
def tagged_link(url: str, campaign: str, content: str) -> str:
    """Return ``url`` with UTM parameters; a mailto address as it is.

    Raises:
        RowRefusedError: the address is neither a plain web address nor mailto.

    """
    if url[:7].lower() == "mailto:":
        return _mail_address(url)
    parts = urlsplit(web_address(url))
    present = {key.lower() for key, _ in parse_qsl(parts.query, True)}
    tags = {
        "utm_source": UTM_SOURCE,
        "utm_medium": UTM_MEDIUM,
        "utm_campaign": campaign.lower(),
        "utm_content": content.lower(),
    }
    added = [f"{key}={quote(tags[key])}" for key in tags if key not in present]
    query = "&".join([parts.query.rstrip("&"), *added]).lstrip("&")
    return urlunsplit(parts._replace(query=query))


@lru_cache(maxsize=16_384)
def marked_link(url: str, message: str = MESSAGE_MARK) -> str:
    """Return a web address with the mail's id behind its query, in the place of any other."""
    parts = urlsplit(url)
    others = [
        one for one in parts.query.split("&") if not one.startswith(f"{MESSAGE}=")
    ]
    query = "&".join([*others, f"{MESSAGE}={message}"]).lstrip("&")
    return urlunsplit(parts._replace(query=query))


def _mail_address(url: str) -> str:
    if _HIDDEN.search(url) or re.search(r"[\s<>\"']|%0[ad]", url, re.IGNORECASE):
        raise _unsafe(url)
    return url


def _unsafe(url: str) -> RowRefusedError:
    return RowRefusedError("unsafe_link", "", url)
