"""The generic layout's sample reaches the unioned contacts, column by column."""

from datetime import date, datetime

from tests.vendors.conftest import Rows


def test_a_contact_is_read_column_by_column(rows: Rows) -> None:
    mia, noor = rows(
        "select * from intermediate.int_contacts_unioned where source = 'generic' "
        "order by record_key"
    )

    assert mia == {
        "source": "generic",
        "record_key": "K-1",
        "email": "mía@example.com",
        "phone": "+34612345678",
        "first_name": "Mía",
        "last_name": "Peña",
        "gender": "f",
        "language": "es",
        "street": "Calle Mayor 1",
        "city": "Bilbao",
        "region": "Bizkaia",
        "postal_code": "48001",
        "country_code": "ES",
        "time_zone": "Europe/Madrid",
        "crm_stage": "customer",
        "is_opted_out": False,
        "birth_date": date(1979, 12, 31),
        "birth_date_text": "1979-12-31",
        "created_at": datetime(2025, 5, 1, 8, 0),
        "updated_at": datetime(2026, 4, 4, 21, 59, 59),
        "known_from_date": date(2026, 4, 5),
    }
    assert (noor["last_name"], noor["birth_date"], noor["is_opted_out"]) == (
        None,
        None,
        True,
    )


def test_a_contact_without_an_id_is_rejected(rows: Rows) -> None:
    rejected = rows("select * from staging.stg_generic__contacts__rejected")

    assert [row["rejection_reason"] for row in rejected] == ["contact_id is missing"]
