"""Files in Nightpost's own layout reach the unioned facts, column by column."""

from datetime import date, datetime
from decimal import Decimal

from tests.vendors.conftest import Rows


def test_an_order_is_read_as_the_newest_export_tells_it(rows: Rows) -> None:
    (order,) = rows(
        "select * from intermediate.int_orders_unioned where source = 'generic'"
    )

    assert order == {
        "source": "generic",
        "order_id": "G-1",
        "customer_key": "c1",
        "email": "ana@example.com",
        "phone": "+34955550100",
        "billing_name": "Ana García",
        "street": "Calle Mayor 1",
        "city": "Bilbao",
        "region": "Bizkaia",
        "postal_code": "48001",
        "currency": "EUR",
        "country_code": "ES",
        "coupon_code": "HELLO",
        "total_amount": Decimal("30.00"),
        "refunded_amount": Decimal("30.00"),
        "discount_amount": Decimal("3.00"),
        "financial_status": "refunded",
        "is_cancelled": False,
        "is_purchase": True,
        "is_credit_note": None,
        "ordered_at": datetime(2026, 4, 3, 10, 0),
        "known_from_date": date(2026, 4, 4),
    }


def test_a_time_without_an_offset_is_rejected(rows: Rows) -> None:
    (rejected,) = rows("select * from staging.stg_generic__orders__rejected")

    assert rejected["rejection_reason"] == "ordered_at is not a readable instant"


def test_order_lines_keep_fractions_of_a_penny(rows: Rows) -> None:
    tea, wrap = rows(
        "select * from intermediate.int_order_lines_unioned "
        "where source = 'generic' order by order_line_id"
    )

    assert tea == {
        "source": "generic",
        "order_line_id": "G-1/1",
        "order_id": "G-1",
        "sku": "TEA",
        "product_name": "Tea, 1 kg",
        "quantity": 2,
        "unit_price": Decimal("16.5050"),
        "line_amount": Decimal("33.0100"),
        "ordered_at": datetime(2026, 4, 3, 10, 0),
    }
    assert (wrap["sku"], wrap["line_amount"]) == (None, Decimal(0))


def test_a_product_is_read_column_by_column(rows: Rows) -> None:
    pot, tea = rows(
        "select * from intermediate.int_products_unioned "
        "where source = 'generic' order by sku"
    )

    assert tea == {
        "source": "generic",
        "sku": "TEA",
        "product_name": "Tea",
        "category": "Tea",
        "brand": "Bōcha",
        "tags": "green, leaf",
        "description": "First flush",
        "product_url": "https://shop.example.com/tea",
        "image_url": "https://shop.example.com/tea.jpg",
        "price": Decimal("16.50"),
        "currency": "EUR",
        "stock_quantity": 3,
        "is_available": True,
    }
    assert (pot["currency"], pot["is_available"]) == ("GBP", False)
