"""Who sends, and the signed way out that every message carries.

The token cannot be guessed without the key, differs between people and addresses, and
holds nobody's data. The page that receives it finds the person by computing tokens.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from exporters.errors import SenderRefusedError

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SMALLEST_KEY = 16


@dataclass(frozen=True)
class Sender:
    """Who sends: name, postal address, unsubscribe base URL (https), signing key.

    Raises:
        SenderRefusedError: a part is missing, too short, or not on one line.

    """

    name: str
    postal_address: str
    unsubscribe_base_url: str
    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse details that would make a message unlawful or unsafe."""
        if not self.name.strip() or _CONTROL.search(self.name):
            raise SenderRefusedError("sender: give a name of one line.")
        if not self.postal_address.strip():
            raise SenderRefusedError(
                "sender: give a postal address; the law asks for it."
            )
        if len(self.key) < _SMALLEST_KEY:
            raise SenderRefusedError(
                f"sender: give a key of {_SMALLEST_KEY} bytes or more."
            )
        _check_base_url(self.unsubscribe_base_url)

    def unsubscribe_url(self, token: str) -> str:
        """Return the address that takes the person who holds ``token`` off the list."""
        return f"{self.unsubscribe_base_url.rstrip('/')}/{token}"


def unsubscribe_token(key: bytes, profile_id: str, email: str) -> str:
    """Return the HMAC-SHA-256 of person and address: 43 characters, safe in a URL."""
    message = f"v1|marketing|email|{profile_id}|{email}".encode()
    digest = hmac.digest(key, message, hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _check_base_url(url: str) -> None:
    parts = urlsplit(url)
    plain = url.isascii() and url.isprintable() and not set(url) & set(" <>\"'")
    if parts.scheme != "https" or not parts.netloc or parts.query or parts.fragment:
        plain = False
    if not plain:
        raise SenderRefusedError(
            "sender: the unsubscribe base URL must be a plain https address "
            "without query or fragment; one-click unsubscribe needs it."
        )
