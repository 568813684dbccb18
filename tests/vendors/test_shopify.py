"""Shopify's sample reaches the unioned facts, column by column."""

from datetime import date, datetime
from decimal import Decimal

from tests.vendors.conftest import Rows


def test_an_order_is_read_as_the_newest_export_tells_it(rows: Rows) -> None:
    order, till = rows(
        "select * from intermediate.int_orders_unioned "
        "where source = 'shopify' order by order_id"
    )

    assert order == {
        "source": "shopify",
        "order_id": "#2001",
        "customer_key": None,
        "email": "ana@example.com",
        "phone": "+34955550100",
        "billing_name": "Ana García",
        "street": "Calle Ejemplo 1",
        "city": "Sevilla",
        "region": "SE",
        "postal_code": "41001",
        "currency": "USD",
        "country_code": "ES",
        "coupon_code": "SPRING",
        "total_amount": Decimal("59.00"),
        "refunded_amount": Decimal("20.00"),
        "discount_amount": Decimal("6.00"),
        "financial_status": "partially_refunded",
        "is_cancelled": False,
        "is_purchase": True,
        "is_credit_note": None,
        "ordered_at": datetime(2026, 4, 4, 0, 30),
        "known_from_date": date(2026, 4, 4),
    }
    # one second before the midnight; the next order, at the midnight, waits
    assert (till["order_id"], till["email"]) == ("#2002", None)
    assert till["ordered_at"] == datetime(2026, 4, 5, 22, 59, 59)


def test_lines_are_those_of_the_orders_newest_export(rows: Rows) -> None:
    cap, mug, _ = rows(
        "select * from intermediate.int_order_lines_unioned "
        "where source = 'shopify' order by order_line_id"
    )

    assert cap == {
        "source": "shopify",
        "order_line_id": "#2001/1",
        "order_id": "#2001",
        "sku": "CAP-S",
        "product_name": 'Cap, "S"',
        "quantity": 2,
        "unit_price": Decimal("20.0000"),
        "line_amount": Decimal("40.0000"),
        "ordered_at": datetime(2026, 4, 4, 0, 30),
    }
    assert (mug["sku"], mug["line_amount"]) == (None, Decimal("20.0000"))


def test_a_line_without_a_readable_quantity_is_rejected(rows: Rows) -> None:
    (rejected,) = rows("select * from staging.stg_shopify__orders__rejected")

    assert rejected["rejection_reason"] == (
        "Lineitem quantity is not a readable integer"
    )


def test_an_account_has_lost_what_protects_it_from_spreadsheets(rows: Rows) -> None:
    ana, test_account = rows(
        "select * from intermediate.int_contacts_unioned "
        "where source = 'shopify' order by record_key"
    )

    assert ana == {
        "source": "shopify",
        "record_key": "7210448300001",
        "email": "ana@example.com",
        "phone": "+34955550100",
        "first_name": "Ana",
        "last_name": "García",
        "gender": None,
        "language": None,
        "street": "Calle Ejemplo 1",
        "city": "Sevilla",
        "region": "SE",
        "postal_code": "41001",
        "country_code": "ES",
        "time_zone": None,
        "crm_stage": None,
        "is_opted_out": None,
        "birth_date": None,
        "birth_date_text": None,
        "created_at": None,
        "updated_at": datetime(2026, 4, 5),
        "known_from_date": date(2026, 4, 5),
    }
    # a number without + is one of the record's country, the United States
    assert test_account["country_code"] == "US"
    assert (test_account["first_name"], test_account["phone"]) == (None, "+15550100100")


def test_a_variant_has_the_words_and_the_first_image_of_its_product(rows: Rows) -> None:
    sold_out, in_stock = rows(
        "select * from intermediate.int_products_unioned "
        "where source = 'shopify' order by sku"
    )

    assert in_stock == {
        "source": "shopify",
        "sku": "CAP-S",
        "product_name": "Cap",
        "category": "Hats",
        "brand": "Åre Wear",
        "tags": "wool, winter",
        "description": "Warm & soft. Wool",
        "product_url": "https://shop.example.com/products/cap",
        "image_url": "https://cdn.example.com/cap.jpg",
        "price": Decimal("20.00"),
        "currency": "GBP",
        "stock_quantity": 3,
        "is_available": True,
    }
    assert (sold_out["sku"], sold_out["is_available"]) == ("CAP-M", False)
