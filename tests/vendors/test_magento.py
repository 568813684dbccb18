"""Adobe Commerce's sample reaches the unioned facts, column by column."""

from datetime import date, datetime
from decimal import Decimal

from tests.vendors.conftest import Rows


def test_an_order_is_worth_what_was_billed_in_its_own_currency(rows: Rows) -> None:
    order, cancelled = rows(
        "select * from intermediate.int_orders_unioned "
        "where source = 'magento' order by order_id"
    )

    assert order == {
        "source": "magento",
        "order_id": "000000001",
        "customer_key": "7",
        "email": "ana@example.com",
        "phone": "+34955550100",
        "billing_name": "Ana García",
        "street": "Calle Ejemplo 1",
        "city": "Sevilla",
        "region": "Sevilla",
        "postal_code": "41001",
        "currency": "USD",
        "country_code": "ES",
        "coupon_code": "WELCOME",
        "total_amount": Decimal("60.50"),
        "refunded_amount": Decimal("10.25"),
        "discount_amount": Decimal("5.50"),
        "financial_status": "complete",
        "is_cancelled": False,
        "is_purchase": True,
        "is_credit_note": None,
        "ordered_at": datetime(2026, 4, 3, 22, 15),
        "known_from_date": date(2026, 4, 5),
    }
    assert (cancelled["is_cancelled"], cancelled["customer_key"]) == (True, None)
    assert (cancelled["billing_name"], cancelled["country_code"]) == (None, "AT")


def test_a_configurable_product_counts_once(rows: Rows) -> None:
    tee, tea, _ = rows(
        "select * from intermediate.int_order_lines_unioned "
        "where source = 'magento' order by order_line_id"
    )

    assert tee == {
        "source": "magento",
        "order_line_id": "000000001/1",
        "order_id": "000000001",
        "sku": "TEE-S",
        "product_name": "Tee",
        "quantity": 2,
        "unit_price": Decimal("20.0000"),
        "line_amount": Decimal("40.0000"),
        "ordered_at": datetime(2026, 4, 3, 22, 15),
    }
    assert (tea["sku"], tea["quantity"], tea["line_amount"]) == ("TEA", 1, Decimal(4))


def test_an_account_has_its_default_billing_address(rows: Rows) -> None:
    ana, bo = rows(
        "select * from intermediate.int_contacts_unioned "
        "where source = 'magento' order by record_key"
    )

    assert ana == {
        "source": "magento",
        "record_key": "7",
        "email": "ana@example.com",
        "phone": "+34955550100",
        "first_name": "Ana",
        "last_name": "García",
        "gender": "female",
        "language": None,
        "street": "Calle Ejemplo 1",
        "city": "Sevilla",
        "region": "SE",
        "postal_code": "41001",
        "country_code": "ES",
        "time_zone": None,
        "crm_stage": None,
        "is_opted_out": None,
        "birth_date": date(1990, 2, 3),
        "birth_date_text": None,
        "created_at": datetime(2025, 7, 1, 9, 0),
        "updated_at": datetime(2026, 4, 3, 22, 15),
        "known_from_date": date(2026, 4, 5),
    }
    assert (bo["last_name"], bo["phone"], bo["gender"]) == ("Test", None, None)


def test_a_product_is_read_from_its_attributes(rows: Rows) -> None:
    tea, tee, variant = rows(
        "select * from intermediate.int_products_unioned "
        "where source = 'magento' order by sku"
    )

    assert tee == {
        "source": "magento",
        "sku": "TEE",
        "product_name": "Tee",
        "category": None,
        "brand": None,
        "tags": "tee, cotton",
        "description": "Organic cotton",
        "product_url": "https://shop.example.com/tee.html",
        "image_url": "https://shop.example.com/media/catalog/product/t/e/tee.jpg",
        "price": Decimal("20.00"),
        "currency": "GBP",
        "stock_quantity": None,
        "is_available": True,
    }
    assert (tea["brand"], tea["stock_quantity"]) == ("Bōcha", 12)
    assert (variant["sku"], variant["is_available"]) == ("TEE-S", False)
    assert variant["image_url"] is None
