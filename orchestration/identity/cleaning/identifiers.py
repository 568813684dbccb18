"""What an address or a phone number is worth, by the field's well-kept libraries.

Pure functions over one text each; no network, no clock, nothing of a person in a message.
"""

import hashlib
import unicodedata
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import phonenumbers
from email_validator import (
    SPECIAL_USE_DOMAIN_NAMES,
    EmailNotValidError,
    ValidatedEmail,
    validate_email,
)
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from orchestration.home.fingerprints import JUDGES

UNASSIGNED = "unassigned_range"

_UNREADABLE = {
    NumberParseException.INVALID_COUNTRY_CODE: "unknown_country",
    NumberParseException.NOT_A_NUMBER: "not_a_number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
    NumberParseException.TOO_SHORT_NSN: "too_short",
    NumberParseException.TOO_LONG: "too_long",
}
_IMPOSSIBLE = {
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "local_only",
    ValidationResult.INVALID_COUNTRY_CODE: "unknown_country",
    ValidationResult.TOO_SHORT: "too_short",
    ValidationResult.TOO_LONG: "too_long",
    ValidationResult.INVALID_LENGTH: "wrong_length",
}


class Judgement(NamedTuple):
    """The canonical value, or None, and what is wrong with the text, or None."""

    value: str | None
    problem: str | None


def rules_digest() -> str:
    """Return the hex digest that changes with a library's version or with these rules."""
    parts = [f"{name}={version(name)}" for name in JUDGES]
    parts.append(hashlib.sha256(Path(__file__).read_bytes()).hexdigest())
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]


def judge_email(text: str) -> Judgement:
    """Return the address in lower case, NFC, its domain in Unicode; or the problem.

    Dots and +tags stay: only the mailbox's own provider knows what they mean.
    """
    validated = _validated(text)
    if validated is None:
        return Judgement(None, _email_problem(text))
    address = unicodedata.normalize("NFC", validated.normalized.lower())
    if address != text and _validated(address) is None:
        return Judgement(None, "invalid_syntax")
    return Judgement(address, None)


def _validated(text: str) -> ValidatedEmail | None:
    try:
        return validate_email(
            text, check_deliverability=False, allow_smtputf8=True, strict=True
        )
    except EmailNotValidError:
        return None


def _email_problem(text: str) -> str:
    domain = text.rpartition("@")[2].lower()
    if domain.rpartition(".")[2] in _reserved() or domain in _reserved():
        return "reserved_domain"
    return "invalid_syntax" if _validated(f"a@{domain}") else "invalid_domain"


@lru_cache(maxsize=1)
def _reserved() -> frozenset[str]:
    return frozenset(SPECIAL_USE_DOMAIN_NAMES)


def judge_phone(text: str, region: str) -> Judgement:
    """Return the number as E.164, read in ``region`` where it names no country itself.

    A number of the right length in a range that is not assigned is kept and told: plans
    change faster than libraries, and numbers that are reserved for drama are such.
    """
    number = _parsed(text, region)
    if isinstance(number, str):
        return Judgement(None, number)
    phone = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if _parsed(phone, region) != number or _is_foreign_too(text, number):
        return Judgement(None, "ambiguous")
    if phonenumbers.is_valid_number(number):
        return Judgement(phone, None)
    verdict = phonenumbers.is_possible_number_with_reason(number)
    if verdict != ValidationResult.IS_POSSIBLE:
        return Judgement(None, _IMPOSSIBLE[verdict])
    # a trunk 0 that the plan could not take off: too few digits for any number there
    if number.italian_leading_zero:
        return Judgement(None, "too_short")
    return Judgement(phone, UNASSIGNED)


def _is_foreign_too(text: str, number: phonenumbers.PhoneNumber) -> bool:
    """Tell whether the digits are another number if only their + was lost.

    A spreadsheet takes the + of +49 151 … for a sign; in Germany, whose numbers have no
    fixed length, what is left is a number of its own, and somebody else's.
    """
    if not text.startswith(str(number.country_code)):
        return False
    other = _parsed(f"+{text}", "ZZ")
    return (
        not isinstance(other, str)
        and other != number
        and phonenumbers.is_valid_number(other)
    )


def _parsed(text: str, region: str) -> phonenumbers.PhoneNumber | str:
    """Return the number, or the problem."""
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException as error:
        return _UNREADABLE[error.error_type]


def is_phone_region(code: str) -> bool:
    """Tell whether ``code`` (ISO 3166-1 alpha-2) has a numbering plan of its own."""
    return code in phonenumbers.SUPPORTED_REGIONS
