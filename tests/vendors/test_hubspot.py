"""HubSpot's sample reaches the unioned contacts, column by column."""

from datetime import date, datetime

from tests.vendors.conftest import Rows


def test_a_contact_is_read_column_by_column(rows: Rows) -> None:
    zoe, ng = rows(
        "select * from intermediate.int_contacts_unioned where source = 'hubspot' "
        "order by record_key"
    )

    assert zoe == {
        "source": "hubspot",
        "record_key": "51",
        "email": "zoe.oneil@example.com",
        # an extension is no part of the number
        "phone": "+14165550142",
        "first_name": "Zoë",
        "last_name": "O'Neil",
        "gender": "female",
        "language": "en-ca",
        "street": "12 Elm St, Apt 4",
        "city": "Toronto",
        "region": "Ontario",
        "postal_code": "M5V 2T6",
        "country_code": "CA",
        "time_zone": "America/Toronto",
        "crm_stage": "marketing qualified lead",
        "is_opted_out": False,
        "birth_date": date(1990, 7, 1),
        "birth_date_text": "1990-07-01",
        # winter, then summer time
        "created_at": datetime(2026, 1, 5, 9, 0),
        "updated_at": datetime(2026, 3, 30, 8, 0),
        "known_from_date": date(2026, 4, 5),
    }
    assert (ng["first_name"], ng["birth_date"], ng["is_opted_out"]) == (
        None,
        None,
        True,
    )


def test_a_contact_without_an_id_is_rejected(rows: Rows) -> None:
    rejected = rows("select * from staging.stg_hubspot__contacts__rejected")

    assert [row["rejection_reason"] for row in rejected] == ["Record ID is missing"]
