"""WooCommerce's sample reaches the unioned facts, column by column."""

from datetime import date, datetime
from decimal import Decimal

from tests.vendors.conftest import Rows


def test_an_order_is_read_as_it_was_last_modified(rows: Rows) -> None:
    order, guest = rows(
        "select * from intermediate.int_orders_unioned "
        "where source = 'woocommerce' order by order_id"
    )

    assert order == {
        "source": "woocommerce",
        "order_id": "723",
        "customer_key": "26",
        "email": "zoe@example.com",
        "phone": "+492215550100",
        "billing_name": "Zoë Müller",
        "street": "Example Street 1",
        "city": "Köln",
        "region": "Nordrhein-Westfalen",
        "postal_code": "50667",
        "currency": "EUR",
        "country_code": "DE",
        "coupon_code": "spring",
        "total_amount": Decimal("39.00"),
        "refunded_amount": Decimal("12.50"),
        "discount_amount": Decimal("5.00"),
        "financial_status": "completed",
        "is_cancelled": False,
        "is_purchase": True,
        "is_credit_note": None,
        "ordered_at": datetime(2026, 3, 31, 22, 30),
        "known_from_date": date(2026, 4, 4),
    }
    assert (guest["order_id"], guest["customer_key"]) == ("724", None)
    assert guest["is_cancelled"] is True


def test_lines_tell_the_price_of_a_piece_before_coupons_with_tax(rows: Rows) -> None:
    mug, cap, _ = rows(
        "select * from intermediate.int_order_lines_unioned "
        "where source = 'woocommerce' order by order_line_id"
    )

    assert mug == {
        "source": "woocommerce",
        "order_line_id": "723/1",
        "order_id": "723",
        "sku": "WOO-MUG",
        "product_name": "Mug, red",
        "quantity": 2,
        "unit_price": Decimal("10.0000"),
        "line_amount": Decimal("20.0000"),
        "ordered_at": datetime(2026, 3, 31, 22, 30),
    }
    assert (cap["sku"], cap["line_amount"]) == ("23", Decimal("20.0000"))


def test_an_account_takes_what_it_lacks_from_its_billing_address(rows: Rows) -> None:
    zoe, ana = rows(
        "select * from intermediate.int_contacts_unioned "
        "where source = 'woocommerce' order by record_key"
    )

    assert zoe == {
        "source": "woocommerce",
        "record_key": "26",
        "email": "zoe@example.com",
        "phone": "+492215550100",
        "first_name": "Zoë",
        "last_name": "Müller",
        "gender": None,
        "language": None,
        "street": "Example Street 1",
        "city": "Köln",
        "region": "Nordrhein-Westfalen",
        "postal_code": "50667",
        "country_code": "DE",
        "time_zone": None,
        "crm_stage": None,
        "is_opted_out": None,
        "birth_date": None,
        "birth_date_text": None,
        "created_at": datetime(2025, 11, 30, 23, 30),
        "updated_at": datetime(2026, 3, 31, 22, 31),
        "known_from_date": date(2026, 4, 5),
    }
    assert (ana["email"], ana["first_name"], ana["updated_at"]) == (None, "Ana", None)


def test_a_variation_stands_under_its_id_with_the_words_of_its_product(
    rows: Rows,
) -> None:
    variation, product, sold_out = rows(
        "select * from intermediate.int_products_unioned "
        "where source = 'woocommerce' order by sku"
    )

    assert variation == {
        "source": "woocommerce",
        "sku": "23",
        "product_name": "Cap - S",
        "category": "Hats",
        "brand": "Åre Wear",
        "tags": "wool, winter",
        "description": "Warm & soft.",
        "product_url": "https://shop.example.com/product/p-22/?attribute_size=S",
        "image_url": "https://shop.example.com/cap-s.jpg",
        "price": Decimal("20.00"),
        "currency": "GBP",
        "stock_quantity": 4,
        "is_available": True,
    }
    assert (product["sku"], product["is_available"]) == ("WOO-CAP", True)
    assert (sold_out["sku"], sold_out["is_available"]) == ("WOO-MUG", False)


def test_an_order_without_a_date_is_rejected_with_the_reason(rows: Rows) -> None:
    assert rows(
        "select * exclude (file_id) from staging.stg_woocommerce__orders__rejected"
    ) == [
        {
            "source_file": "2026-04-04.jsonl",
            "row_number": 3,
            "export_date": datetime(2026, 4, 4).date(),
            "rejection_reason": "date_created_gmt is missing",
        }
    ]
