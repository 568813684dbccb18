"""What an address and a phone number are worth; every case that somebody met."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.identity.cleaning.identifiers import (
    judge_email,
    judge_phone,
    rules_digest,
)
from tests.vendors.real_data import real_file

RENUMBERED = {"+22985751234", "+22981123456", "+2631312345"}
"""Examples of older plans: Benin put 01 in front in 2024, Zimbabwe's area has six digits."""


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("ana@example.com", "ana@example.com"),
        ("ana.b+news@example.co.uk", "ana.b+news@example.co.uk"),
        ("o'brien@example.com", "o'brien@example.com"),
        ("ana@xn--bcher-kva.example", "ana@bücher.example"),
        ("zoë@bücher.example", "zoë@bücher.example"),
        ("zoe\u0308@example.com", "zoë@example.com"),
        ("用户@例え.jp", "用户@例え.jp"),
        ("ana@ＥＸＡＭＰＬＥ.com", "ana@example.com"),
    ],
)
def test_an_address_is_returned_in_its_canonical_spelling(
    text: str, email: str
) -> None:
    assert judge_email(text) == (email, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ana smith@example.com", "invalid_syntax"),
        (".ana@example.com", "invalid_syntax"),
        (f"{'a' * 65}@example.com", "invalid_syntax"),
        ("ana(work)@example.com", "invalid_syntax"),
        ("ana@-example.com", "invalid_domain"),
        ("ana@exa_mple.com", "invalid_domain"),
        ("ana@example", "invalid_domain"),
        ("ana@127.0.0.1", "invalid_domain"),
        (f"ana@{'a' * 64}.com", "invalid_domain"),
        ("ana@shop.test", "reserved_domain"),
        ("ana@example.invalid", "reserved_domain"),
        ("ana@localhost", "reserved_domain"),
    ],
)
def test_an_address_that_no_mail_reaches_is_none(text: str, problem: str) -> None:
    assert judge_email(text) == (None, problem)


@pytest.mark.parametrize(
    ("text", "region", "phone"),
    [
        ("02079460000", "GB", "+442079460000"),
        ("+442079460000", "US", "+442079460000"),
        ("+4402079460000", "GB", "+442079460000"),
        ("03012345678", "DE", "+493012345678"),
        ("2125550123", "US", "+12125550123"),
        ("0612345678", "FR", "+33612345678"),
        ("0612345678", "IT", "+390612345678"),
    ],
)
def test_a_number_is_read_in_its_records_country(
    text: str, region: str, phone: str
) -> None:
    assert judge_phone(text, region).value == phone


@pytest.mark.parametrize(
    ("text", "region", "problem"),
    [
        ("07700900123", "FR", "too_long"),
        ("79460000", "GB", "local_only"),
        ("5550123", "US", "local_only"),
        ("08105283741", "BY", "ambiguous"),
        ("4915112345678", "DE", "ambiguous"),
        ("000000", "DE", "ambiguous"),
        ("0207946", "GB", "too_short"),
        ("+999123456789", "GB", "unknown_country"),
        ("+", "GB", "not_a_number"),
        ("0" * 300, "GB", "too_long"),
    ],
)
def test_a_number_that_fits_no_plan_is_none(
    text: str, region: str, problem: str
) -> None:
    assert judge_phone(text, region) == (None, problem)


def test_a_number_of_a_range_that_is_not_assigned_is_kept_and_told() -> None:
    assert judge_phone("07700900123", "GB") == ("+447700900123", "unassigned_range")


def test_every_example_of_googles_plans_is_a_number() -> None:
    with real_file("reference/phone_examples.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        examples = list(csv.DictReader(file))

    refused = {
        row["e164"]
        for row in examples
        if judge_phone(row["e164"], "GB").value != row["e164"]
    }
    misread = {
        row["e164"]
        for row in examples
        if row["region"] != "001"
        if judge_phone(row["national_number"], row["region"]).value != row["e164"]
    }
    assert len(examples) > 1000
    assert refused | misread <= RENUMBERED


@given(st.emails())
def test_judging_an_address_twice_changes_nothing(text: str) -> None:
    first = judge_email(text).value
    if first is not None:
        assert judge_email(first) == (first, None)


@given(st.text(max_size=40), st.text(max_size=20))
def test_no_text_breaks_the_judge_of_addresses(local: str, domain: str) -> None:
    value, problem = judge_email(f"{local}@{domain}")

    assert (value is None) == (problem is not None)


@given(
    st.from_regex(r"(\+[1-9]|0)?[0-9]{5,14}", fullmatch=True),
    st.sampled_from(["GB", "DE", "US", "FR", "IT", "AR", "BR", "MX"]),
)
def test_judging_a_number_twice_changes_nothing(text: str, region: str) -> None:
    first = judge_phone(text, region)
    if first.value is not None:
        assert judge_phone(first.value, "GB") == first


def test_the_digest_is_short_and_the_same_twice() -> None:
    assert rules_digest() == rules_digest()
    assert len(rules_digest()) == 16
