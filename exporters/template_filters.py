"""Filters that templates may use beside Jinja's own, and the recorder of links.

What a filter cannot do with a value is the row's fault, not the template's, so the row
is refused by name and the others go out.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import jinja2
from jinja2.runtime import Context

from exporters.links import marked_link, tagged_link, web_address
from exporters.rejects import RowRefusedError

_NOT_PRINTED = (dict, list, tuple)
_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
_TOO_MUCH = Decimal(10) ** 15
_WITHOUT_PENNIES = {"JPY", "KRW", "ISK", "CLP", "VND"}


class LinkRecorder:
    """Collects the links of the block that is being rendered, in their order."""

    def __init__(self, campaign: str) -> None:
        """Start with no block; ``campaign`` becomes utm_campaign."""
        self.campaign = campaign
        self.block = ""
        self.urls: list[str] = []

    def link(self, url: object) -> str:
        """Return the tagged address and remember it; refuse anything unsafe."""
        tagged = tagged_link(_text(url), self.campaign, self.block)
        if tagged.lower().startswith("mailto:"):
            return tagged
        marked = marked_link(tagged)
        self.urls.append(marked)
        return marked


def money(amount: object, currency: str | None = None) -> str:
    """Return an amount with its currency: ``£1,234.50``, ``12.00 CHF``.

    Raises:
        RowRefusedError: the amount is null or not a number.

    """
    return _money(_text(amount), currency)


@lru_cache(maxsize=16_384)
def _money(amount: str, currency: str | None) -> str:
    number = _number(amount)
    plain = f"{number:,.{0 if currency in _WITHOUT_PENNIES else 2}f}"
    if currency is None:
        return plain
    if currency not in _SYMBOLS:
        return f"{plain} {currency}"
    sign = "-" if plain.startswith("-") else ""
    return f"{sign}{_SYMBOLS[currency]}{plain.lstrip('-')}"


def _number(amount: str) -> Decimal:
    try:
        number = Decimal(amount)
    except InvalidOperation:
        raise RowRefusedError("not_a_number", "", amount) from None
    if not number.is_finite() or abs(number) >= _TOO_MUCH:
        raise RowRefusedError("not_a_number", "", amount)
    return number


def image(url: object) -> str:
    """Return the address of a picture: plain http or https, and not tagged.

    Raises:
        RowRefusedError: the address is null or unsafe.

    """
    return web_address(_text(url))


def printable(value: object) -> object:
    """Refuse to print what no reader should see: null, lists and mappings."""
    if value is None:
        raise RowRefusedError("null_token", "", None)
    if isinstance(value, _NOT_PRINTED):
        raise TypeError("a list or mapping was printed")
    return value


def at_run_time(function: Callable[[object], str]) -> Callable[..., str]:
    """Return ``function`` as a filter that is never evaluated while compiling.

    So a link that is written out in a template is recorded for every row, too.
    """

    @jinja2.pass_context
    def filter_with_context(_context: Context, value: object) -> str:
        return function(value)

    return filter_with_context


def _text(value: object) -> str:
    if type(value) is str:
        return value
    if value is None:
        raise RowRefusedError("null_token", "", None)
    if isinstance(value, jinja2.Undefined):
        return str(value)  # StrictUndefined raises, and the template is held back
    if isinstance(value, (bool, *_NOT_PRINTED)):
        raise RowRefusedError("not_text", "", value)
    return str(value)
