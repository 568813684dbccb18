"""Who shares a home, a phone, a mailbox or a birth is not one person, however much agrees."""

import pytest

from tests.orchestration.identity.test_linkage import (
    again,
    as_rows,
    bands,
    linked,
    person,
)

HOME = {
    "last_name": "Fletcher",
    "phone": "+441184960956",
    "street": "176 Albert Terrace",
    "city": "Glasgow",
    "postal_code": "G14 6EP",
    "birth_date": None,
    "email": None,
}
PAIR = ("crm:crm/1", "shop:shop/1")


def band_of(one: dict[str, str | None], other: dict[str, str | None]) -> object:
    rows = as_rows([{**person(1), **HOME, **one}, again(1, **{**HOME, **other})])
    return bands(linked(rows)).get(PAIR)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Oliver", "Olivia"),
        ("Margaret", "Harriet"),
        ("Liam", "Niamh"),
        ("Daniel", "Daniela"),
        ("Leo", "Lea"),
        ("Ana", "Ben"),
    ],
)
def test_two_first_names_of_one_home_and_birth_are_two_people(
    one: str, other: str
) -> None:
    born = {"birth_date": "1967-04-21"}

    band = band_of({"first_name": one} | born, {"first_name": other} | born)

    # names that are a bit alike may be one that was misspelt: that is asked
    assert band == (None if other == "Ben" else "clerical")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Oliver", "Oliver"),
        ("Oliver", "Olievr"),
        ("Katherine", "Kather"),
        ("Katherine", "K"),
        ("William", "Bill"),
    ],
)
def test_one_name_of_one_home_is_one_person(one: str, other: str) -> None:
    assert band_of({"first_name": one}, {"first_name": other}) == "certain"


def test_names_that_are_alike_are_one_misspelt_where_the_mailbox_agrees() -> None:
    mail = {"email": "o.fletcher@example.com"}

    assert band_of({"first_name": "Oliver"}, {"first_name": "Olivia"}) == "clerical"
    assert (
        band_of({"first_name": "Oliver"} | mail, {"first_name": "Olivia"} | mail)
        == "certain"
    )


def test_father_and_son_of_one_name_and_phone_are_two() -> None:
    name = {"first_name": "Mateo"}

    assert (
        band_of(
            name | {"birth_date": "1979-11-03"}, name | {"birth_date": "2001-05-12"}
        )
        == "clerical"
    )
    assert (
        band_of(
            name | {"birth_date": "1979-11-03"}, name | {"birth_date": "1979-03-11"}
        )
        == "certain"
    )


def test_two_accounts_at_one_shop_stay_apart_until_something_own_agrees() -> None:
    def accounts(email: str, born: str | None = None) -> object:
        one = {"first_name": "Mateo", "source": "shop", "is_own_account": "true"}
        mails = ({"email": "mateo@example.com"}, {"email": email})
        known = {"birth_date": born}
        return band_of(one | mails[0] | known, one | mails[1] | known)

    assert accounts("hall.family@example.org") == "clerical"
    assert accounts("mateo@example.org") == "certain"
    assert accounts("hall.family@example.org", "1979-11-03") == "certain"


def test_two_contacts_of_one_crm_may_be_one_persons() -> None:
    one = {"first_name": "Mateo", "source": "crm", "is_own_account": "false"}
    mails = ({"email": "mateo@example.com"}, {"email": "hall.family@example.org"})

    assert band_of(one | mails[0], one | mails[1]) == "certain"


def test_an_office_of_two_firms_is_no_name_before_the_at() -> None:
    def band(local: str) -> object:
        apart = {"city": None, "street": None, "postal_code": None, "phone": None}
        name = {"first_name": "Rebecca", "last_name": "Hargreaves"}
        return bands(
            linked(
                as_rows(
                    [
                        person(1)
                        | HOME
                        | apart
                        | name
                        | {"email": f"{local}@firm1.example"},
                        again(
                            1,
                            **{
                                **HOME,
                                **apart,
                                **name,
                                "email": f"{local}@firm2.example",
                            },
                        ),
                    ]
                )
            )
        ).get(PAIR)

    assert band("sunnygirl77") in ("certain", "clerical")
    assert band("office") is None


def test_the_neighbour_of_the_same_name_is_listed() -> None:
    def band(street: str) -> object:
        name = {"first_name": "Oliver", "phone": None, "postal_code": None}
        return band_of(name, name | {"street": street})

    assert band("176, Albert Terrace") == "certain"
    assert band("176 Albert Terace") == "certain"
    assert band("178 Albert Terrace") == "clerical"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("household306@example.com", "household621@example.com"),
        ("user1001@example.com", "user2001@example.com"),
        ("smith@example.com", "smith7@example.com"),
    ],
)
def test_addresses_that_differ_in_a_number_are_different(one: str, other: str) -> None:
    def band(mail: str) -> object:
        rows = [person(1) | {"email": one, "phone": None}, again(1, email=mail)]
        far = {"birth_date": None, "postal_code": None, "city": None, "gender": None}
        return bands(linked(as_rows([row | far for row in rows]))).get(PAIR)

    assert band(one.replace("e", "ee")) in {"certain", "clerical"}
    assert band(other) is None
