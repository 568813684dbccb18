"""The way out is signed, differs between people, and needs a lawful sender."""

import pytest

from exporters.errors import SenderRefusedError
from exporters.unsubscribe import Sender, unsubscribe_token

KEY = b"k" * 32


def test_a_token_is_pinned_so_old_messages_keep_working() -> None:
    token = unsubscribe_token(KEY, "p1", "ana@example.com")
    assert token == "5Rh_EbiKxPMCGta-AMOYPVgmIObHH70zUkndx-Sqtto"
    assert len(token) == 43


def test_key_person_and_address_change_the_token() -> None:
    tokens = {
        unsubscribe_token(KEY, "p1", "a@example.com"),
        unsubscribe_token(b"x" * 32, "p1", "a@example.com"),
        unsubscribe_token(KEY, "p2", "a@example.com"),
        unsubscribe_token(KEY, "p1", "b@example.com"),
    }
    assert len(tokens) == 4


@pytest.mark.parametrize(
    ("name", "address", "url", "key"),
    [
        ("", "1 Sea Road", "https://m.example/u", KEY),
        ("Shop\r\nBcc: x", "1 Sea Road", "https://m.example/u", KEY),
        ("Shop", " ", "https://m.example/u", KEY),
        ("Shop", "1 Sea Road", "http://m.example/u", KEY),
        ("Shop", "1 Sea Road", "https://m.example/u?a=1", KEY),
        ("Shop", "1 Sea Road", "https://m.example/u>", KEY),
        ("Shop", "1 Sea Road", "https://", KEY),
        ("Shop", "1 Sea Road", "https://m.example/u", b"short"),
    ],
)
def test_an_unlawful_sender_is_refused(
    name: str, address: str, url: str, key: bytes
) -> None:
    with pytest.raises(SenderRefusedError):
        Sender(name, address, url, key)


def test_the_key_is_never_printed() -> None:
    assert "kkk" not in repr(Sender("Shop", "1 Sea Road", "https://m.example/u", KEY))
