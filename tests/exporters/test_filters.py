"""Money is exact, and reads as people write it."""

import pytest

from exporters.rejects import RowRefusedError
from exporters.template_filters import money


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234.50", "GBP", "£1,234.50"),
        ("0", "EUR", "€0.00"),
        (12, "CHF", "12.00 CHF"),
        (19.9, "USD", "$19.90"),
        ("-5", "GBP", "-£5.00"),
        ("1200", "JPY", "1,200 JPY"),
        ("3.5", None, "3.50"),
    ],
)
def test_money_has_its_currency(
    amount: object, currency: str | None, text: str
) -> None:
    assert money(amount, currency) == text


@pytest.mark.parametrize("amount", ["", "x", "NaN", "Infinity", "1E+400", None, True])
def test_what_is_no_amount_is_refused(amount: object) -> None:
    with pytest.raises(RowRefusedError):
        money(amount, "GBP")
