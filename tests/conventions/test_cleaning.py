"""Every value that staging holds is judged by what it is, whichever vendor it is of."""

import csv
import re
import unicodedata
from typing import Any

import pytest

from orchestration.arrivals.contracts import read_contracts
from orchestration.identity.cleaning.values import held_columns
from tests.conftest import PROJECT, EmptyBuild, every_vendor

HOLDS = {"email": "email", "phone": "phone"}
UNIONS = PROJECT / "models" / "intermediate" / "unioned"
# Columns of the unions that people read and that are judged by a rule of their own, or
# that machines compare: ids, codes, addresses, and words of a vocabulary.
AS_WRITTEN = {
    "item_key", "merged_key",
    "banner_version", "birth_date_text", "bounce_kind", "browser", "campaign", "channel", "consent_source",
    "content_id", "country_code", "country_name", "coupon_code", "crm_stage",
    "currency", "customer_key", "device_category", "device_id", "email", "email_sha256",
    "event_id", "event_name", "experiment", "file_id", "financial_status", "form_name",
    "gender", "handle", "image_url", "item", "jurisdiction", "kind", "language",
    "lawful_basis", "link_url", "loyalty_id", "message_id", "model", "model_version",
    "network", "nightpost_message_id", "order_id", "order_line_id", "order_reference", "page_url", "person_key",
    "phone", "policy_version", "postal_code", "preference", "product_url", "purpose",
    "record_key", "recipient_key", "referrer_url", "session_id", "sku", "stated_in",
    "status", "table_name", "template_id", "tier", "time_zone", "user_agent", "utm_campaign",
    "utm_content", "utm_medium", "utm_source", "utm_term", "variant",
    "vendor_event_name", "video_title", "web_user_id",
}  # fmt: skip


def test_every_address_and_phone_of_staging_says_what_it_holds(
    manifest: dict[str, Any], empty_build: EmptyBuild
) -> None:
    said = {
        (one.model, one.column): one.holds for one in held_columns(manifest["nodes"])
    }
    told = [
        f"{relation}.{column}: say `config: {{meta: {{holds: {HOLDS[column]}}}}}` in its "
        "yml (for a phone also `country: <column>`, where the record names one); what "
        "does not say so is judged by nobody, and nobody is reached by it."
        for schema, relation, column, _ in empty_build.columns
        if schema == "staging" and column in HOLDS
        if not relation.startswith("stg_cleaned__")
        and said.get((relation, column)) != HOLDS[column]
    ]

    assert not told, "\n".join(told)


def test_a_column_that_holds_something_and_its_country_exist(
    manifest: dict[str, Any], empty_build: EmptyBuild
) -> None:
    built = {
        (relation, column)
        for schema, relation, column, _ in empty_build.columns
        if schema == "staging"
    }
    told = [
        f"{one.model}'s yml names {column}, which the model has not."
        for one in held_columns(manifest["nodes"])
        for column in (one.column, one.country)
        if column and (one.model, column) not in built
    ]

    assert not told, "\n".join(told)


def test_every_text_of_a_union_is_read_as_people_read_it_or_left_as_written() -> None:
    """A column that a shop may write as HTML is decoded in the union, for all vendors."""
    macro = (PROJECT / "macros" / "union_vendors.sql").read_text(encoding="utf-8")
    decoded = set(
        re.findall(r'"(\w+)"', macro.split("macro texts_for_people()")[1].split("]")[0])
    )
    columns = {
        column
        for path in UNIONS.glob("*.sql")
        for column in re.findall(r'"(\w+)": "string"', path.read_text(encoding="utf-8"))
    }

    assert decoded & AS_WRITTEN == set()
    assert columns - decoded - AS_WRITTEN == set(), (
        "Name the column in texts_for_people() where a vendor may write it as HTML, else "
        "in AS_WRITTEN."
    )


def test_every_key_of_a_record_is_an_identifier() -> None:
    """A number that went through a spreadsheet still is the same customer or product."""
    told = [
        f"{contract.source}.{contract.table}: {column.name}"
        for contract in read_contracts(PROJECT, every_vendor())
        if contract.delivery != "append"
        for column in contract.columns
        if column.name in contract.key
        or re.search(r"(?i)sku|zip|post(al)?.?code|customer.?id", column.name)
        if column.reads_as == "text" and "email" not in column.name
        if contract.source not in {"preferences"}
    ]

    assert not told, "Say `reads_as: identifier`:\n" + "\n".join(told)


def test_every_vendor_of_orders_has_said_what_its_statuses_mean() -> None:
    path = PROJECT.parent / "seeds" / "reference" / "order_statuses.csv"
    with path.open(encoding="utf-8", newline="") as file:
        said = [(row["source"], row["counts_as"]) for row in csv.DictReader(file)]
    union = (UNIONS / "int_orders_unioned.sql").read_text(encoding="utf-8")
    vendors = set(re.findall(r'"(\w+)": "stg_\w+__orders"', union))

    # a till knows no order that waits for its payment
    for vendor in sorted(vendors - {"online_retail"}):
        meanings = {meaning for source, meaning in said if source == vendor}
        assert meanings == {"purchase", "unpaid", "cancelled"}, vendor


def place_key(name: str) -> str:
    """Return a place's name as the macro `place_key` compares it."""
    parts = unicodedata.normalize("NFD", name.lower())
    return re.sub("[^a-z0-9]", "", parts)


def region_rows() -> list[dict[str, str]]:
    path = PROJECT.parent / "seeds" / "reference" / "regions.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_spelling_of_a_region_is_shown_in_one_way() -> None:
    shown: dict[tuple[str, str], set[str]] = {}
    meant: dict[tuple[str, str], set[str]] = {}
    for row in region_rows():
        country, name = row["country_code"], row["region_name"]
        # ISO 3166-2 writes the country before the code, and the unions read it so
        for spelling in (place_key(name), place_key(country + name)):
            shown.setdefault((country, spelling), set()).add(row["shown_as"])
            meant.setdefault((country, spelling), set()).add(row["region_code"])
    for key, names in shown.items():
        assert len(names) == 1, f"{key} is shown as {sorted(names)}"
        (name,) = names
        assert meant[key] == meant[key[0], place_key(name)], key


@pytest.mark.parametrize(
    ("country", "spellings", "shown_as"),
    [
        ("CA", "QC Québec Quebec Que. Qué. P.Q. CA-QC", "Quebec"),
        ("CA", "BC B.C. Colombie-Britannique C.-B.", "British Columbia"),
        ("CA", "NL Nfld. Newfoundland Terre-Neuve", "Newfoundland and Labrador"),
        ("CA", "PE P.E.I. Île-du-Prince-Édouard Î.-P.-É.", "Prince Edward Island"),
        ("AU", "NSW N.S.W. AU-NSW", "New South Wales"),
        ("AU", "VIC Vic. Victoria", "Victoria"),
        ("AU", "ACT A.C.T.", "Australian Capital Territory"),
        ("US", "CA Calif. Cal. US-CA California", "California"),
        ("US", "MA Mass.", "Massachusetts"),
        ("US", "PA Penn. Penna. Pa.", "Pennsylvania"),
        ("US", "TX Tex.", "Texas"),
        ("GB", "WLS CYM Cymru Wales GB-WLS GB-CYM", "Wales"),
        ("GB", "NIR NI N.Ireland", "Northern Ireland"),
        ("GB", "SCT Alba Scot. GB-SCT", "Scotland"),
        ("GB", "ENG Eng. Lloegr GB-ENG", "England"),
    ],
)
def test_the_usual_spellings_of_a_region_are_known(
    country: str, spellings: str, shown_as: str
) -> None:
    known = {
        place_key(prefix + row["region_name"]): row["shown_as"]
        for row in region_rows()
        if row["country_code"] == country
        for prefix in ("", country)
    }

    assert {known.get(place_key(one)) for one in spellings.split()} == {shown_as}


def test_every_state_and_province_of_a_listed_country_is_there() -> None:
    counts = {
        country: len(
            {
                row["region_code"]
                for row in region_rows()
                if row["country_code"] == country
            }
        )
        for country in ("AU", "CA", "US")
    }

    # the 50 states, the district, six territories and three posts of the forces
    assert counts == {"AU": 8, "CA": 13, "US": 60}
