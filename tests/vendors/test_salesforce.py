"""Salesforce's samples reach the unioned contacts, column by column."""

from datetime import date, datetime

from tests.vendors.conftest import Rows

PEOPLE = "select * from intermediate.int_contacts_unioned where source = 'salesforce' "


def test_a_contact_is_read_column_by_column_with_its_leads_age(rows: Rows) -> None:
    (anna,) = rows(PEOPLE + "and first_name = 'Anna'")

    assert anna == {
        "source": "salesforce",
        "record_key": "003Aa000001AAAAIA4",
        "email": "anna.lindqvist@example.com",
        "phone": "+447700900101",
        "first_name": "Anna",
        "last_name": "Lindqvist",
        "gender": None,
        "language": None,
        "street": None,
        "city": "Bristol",
        "region": "Avon",
        "postal_code": "BS1 4DJ",
        "country_code": "GB",
        "time_zone": None,
        "crm_stage": None,
        "is_opted_out": False,
        "birth_date": date(1984, 2, 29),
        "birth_date_text": None,
        "created_at": datetime(2024, 5, 20, 9, 0),
        "updated_at": datetime(2026, 4, 4, 22, 15, 30),
        "known_from_date": date(2026, 4, 3),
    }


def test_a_lead_is_read_column_by_column(rows: Rows) -> None:
    (lead,) = rows(PEOPLE + "and record_key like '00Q%'")

    assert lead == {
        "source": "salesforce",
        "record_key": "00QAa000002BBBBMA1",
        "email": "dmitri@example.com",
        "phone": "+4930901820",
        "first_name": "Dmitri",
        "last_name": "Öz",
        "gender": None,
        "language": None,
        "street": None,
        "city": "Berlin",
        "region": None,
        "postal_code": "10115",
        "country_code": "DE",
        "time_zone": None,
        "crm_stage": "working - contacted",
        "is_opted_out": False,
        "birth_date": None,
        "birth_date_text": None,
        "created_at": datetime(2026, 3, 30, 9, 0),
        "updated_at": datetime(2026, 4, 1, 9, 0),
        "known_from_date": date(2026, 4, 5),
    }


def test_deleted_and_converted_records_are_no_people_of_their_own(rows: Rows) -> None:
    found = rows(PEOPLE + "order by record_key")

    assert [row["first_name"] for row in found] == ["Anna", "Béla", "Dmitri"]


def test_an_opt_out_in_the_crm_is_a_withdrawal(rows: Rows) -> None:
    (withdrawal,) = rows(
        "select email, status, consent_source from intermediate.int_consents_unioned "
        "where source = 'salesforce'"
    )

    assert withdrawal == {
        "email": "bela.nagy@example.com",
        "status": "withdrawn",
        "consent_source": "crm_opt_out",
    }


def test_a_contact_without_an_id_is_rejected(rows: Rows) -> None:
    rejected = rows("select * from staging.stg_salesforce__contacts__rejected")

    assert [row["rejection_reason"] for row in rejected] == ["Id is missing"]
