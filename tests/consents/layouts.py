"""How each source writes down what somebody said: its columns, words and times.

Only what the vendors' own pages and the contracts promise.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

Cells = dict[str, Any]
Clock = Callable[[datetime], str]


def offset_clock(at: datetime) -> str:
    """Return ISO 8601 with its offset."""
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def instant_clock(at: datetime) -> str:
    """Return ISO 8601 with milliseconds and its offset, as APIs write it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def wall_clock(at: datetime) -> str:
    """Return the time on the business's wall."""
    here = at.replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/London"))
    return f"{here:%Y-%m-%d %H:%M:%S}"


def utc_clock(at: datetime) -> str:
    """Return a time in UTC that does not say so."""
    return f"{at:%Y-%m-%d %H:%M:%S}.000"


def epoch_clock(at: datetime) -> str:
    """Return seconds since 1970."""
    return str(int(at.replace(tzinfo=UTC).timestamp()))


@dataclass(frozen=True)
class Records:
    """A table of records with an opt-out cell, delivered in versions."""

    key: str
    email: str
    flag: str
    first_name: str
    last_name: str
    phone: str | None
    clock: Clock = offset_clock
    time: str | None = None
    says_no: str = "true"
    says_yes: str = "false"
    deleted: str | None = None
    needs_yes: bool = False
    """Whether the box was never ticked where nobody ever said yes."""
    inside: str | None = None
    """The key of the flag in its JSON, where it is not the whole cell."""

    def flag_cell(self, text: str) -> Any:
        """Return the opt-out cell that says ``text``."""
        if not self.inside:
            return text
        value = {"true": True, "false": False}.get(text, text)
        return {self.inside: value} if text else {}


RECORDS: Mapping[str, Records] = {
    "hubspot/contacts": Records(
        "Record ID", "Email", "Unsubscribed from all email", "First Name", "Last Name",
        "Phone Number", wall_clock, "Last Modified Date",
    ),
    "salesforce/contacts": Records(
        "Id", "Email", "HasOptedOutOfEmail", "FirstName", "LastName", "Phone",
        instant_clock, "SystemModstamp", deleted="IsDeleted",
    ),
    "salesforce/leads": Records(
        "Id", "Email", "HasOptedOutOfEmail", "FirstName", "LastName", "Phone",
        instant_clock, "SystemModstamp", deleted="IsDeleted",
    ),
    "generic/contacts": Records(
        "contact_id", "email", "opted_out", "first_name", "last_name", "phone",
        offset_clock, "updated_at", says_no="yes", says_yes="no",
    ),
    "shopify/customers": Records(
        "Customer ID", "Email", "Accepts Email Marketing", "First Name", "Last Name",
        "Phone", says_no="no", says_yes="yes", needs_yes=True,
    ),
    "magento/customers": Records(
        "id", "email", "extension_attributes", "firstname", "lastname", None,
        utc_clock, "updated_at", says_no="false", says_yes="true", needs_yes=True,
        inside="is_subscribed",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Mails:
    """A table of events at an email service."""

    key: str
    email: str
    time: str
    clock: Clock
    event: str | None
    words: Mapping[str, Mapping[str, str]]
    """The cells that say `unsubscribe`, `complaint`, `bounce`, `other` or `dropped…`."""
    base: Mapping[str, str] = field(default_factory=dict)
    wrapped: Callable[[str], Any] = str
    """What the address's cell holds: itself, or JSON around it."""
    is_standing: bool = False
    """Whether it tells how things stand when the file is written, not what happened."""


OWN_WORDS: Mapping[str, Mapping[str, str]] = {
    "unsubscribe": {"event": "unsubscribe"},
    "complaint": {"event": "complaint"},
    "bounce": {"event": "bounce", "bounce_type": "hard"},
    "other": {"event": "delivered"},
    "dropped_unsubscribed": {"event": "dropped", "reason": "Unsubscribed Address"},
    "dropped_spam": {"event": "dropped", "reason": "Spam Reporting Address"},
    "dropped_bounced": {"event": "dropped", "reason": "Bounced Address"},
    "dropped": {"event": "dropped"},
    "dropped_other": {
        "event": "dropped",
        "reason": "Recipient List over Package Quota",
    },
    "unsubscribe_unknown": {"event": "Unsubscribed_via_link"},
    "opted_out_unknown": {"event": "User Opt-Out"},
    "complaint_unknown": {"event": "spam_report"},
    "bounce_unknown": {"event": "Hard_Bounced"},
}
MAILS: dict[str, Mails] = {
    "sendgrid/events": Mails(
        "sg_event_id", "email", "timestamp", epoch_clock, "event",
        {**OWN_WORDS, "complaint": {"event": "spamreport"},
         "bounce": {"event": "bounce", "type": "bounce"},
         "group": {"event": "group_unsubscribe"}},
    ),
    "webhook/events": Mails(
        "event_id", "email", "timestamp", offset_clock, "event", OWN_WORDS
    ),
    "generic/email_events": Mails(
        "event_id", "email", "occurred_at", offset_clock, "event", OWN_WORDS
    ),
    "mailchimp/unsubscribes": Mails(
        "email_id", "email_address", "timestamp", instant_clock, None,
        {"unsubscribe": {"reason": "I no longer want to receive these emails"},
         "complaint": {"reason": "The emails are spam and should be reported"}},
        {"campaign_id": "42694e9e57"},
    ),
    "mailchimp/abuse_reports": Mails(
        "id", "email_address", "date", instant_clock, None, {"complaint": {}},
        {"campaign_id": "42694e9e57"},
    ),
    "mailchimp/reports_email_activity": Mails(
        "email_id", "email_address", "timestamp", instant_clock, "action",
        {"bounce": {"action": "bounce", "type": "hard"}, "other": {"action": "open"}},
        {"campaign_id": "42694e9e57"},
    ),
}  # fmt: skip
MAILS |= {
    "preferences/centre": Mails(
        "note", "email", "updated_at", offset_clock, None,
        {"unsubscribe": {"preference": "frequency", "value": "never"},
         "other": {"preference": "language", "value": "de"}},
        is_standing=True,
    ),
    "preferences/form_answers": Mails(
        "form_id", "email", "answered_at", offset_clock, None,
        {"unsubscribe": {"question": "Newsletter", "answer": "No thanks"},
         "other": {"question": "Favourite category?", "answer": "Tents"}},
        is_standing=True,
    ),
}  # fmt: skip
MAILS["consent/withdrawals"] = Mails(
    "proof_reference", "subject", "event_time", offset_clock, None,
    {"unsubscribe": {"status": "withdrawn", "source": "unsubscribe_link"}},
)  # fmt: skip
MAILS["segment/events"] = Mails(
    "messageId", "context", "timestamp", instant_clock, "event",
    {"unsubscribe": {"event": "Unsubscribed"},
     "complaint": {"event": "Email Marked as Spam"},
     "other": {"event": "Email Opened"}},
    {"type": "track"},
    wrapped=lambda address: {"traits": {"email": address}},
)  # fmt: skip
KLAVIYO = "klaviyo/event"
KLAVIYO_WORDS: Mapping[str, Mapping[str, str]] = {
    "unsubscribe": {"type": "Unsubscribed from Email Marketing"},
    "complaint": {"type": "Marked Email as Spam"},
    "bounce": {"type": "Bounced Email", "property_bounce_type": "Hard"},
    "other": {"type": "Received Email"},
    "dropped": {"type": "Dropped Email"},
}


def ledger_row(subject: str, status: str, at: str, **cells: str) -> Cells:
    """Return a row of the consent ledger."""
    return {
        "subject": subject, "channel": "email", "purpose": "marketing",
        "status": status, "lawful_basis": "consent", "event_time": at,
        "source": "signup_form", "method": "checkbox", "policy_version": "2026-01",
        "proof_reference": "P-1", "jurisdiction": "GB", "double_opt_in_time": "",
        **cells,
    }  # fmt: skip


def receipt(key: str, subject: str, is_grant: bool, at: str | None) -> Cells:
    """Return a receipt of the consent platform about marketing mail."""
    word = "CONFIRMED" if is_grant else "WITHDRAWN"
    purpose = {"id": "ba8cab6d", "name": "Marketing e-mails", "version": 2}
    return {
        "id": key, "dataSubjectIdentifier": subject, "interactionDate": at,
        "purposes": json.dumps([{**purpose, "transactionType": word}]),
        "doubleOptIn": "true", "test": "false",
        "geolocation": json.dumps({"country": "GB"}),
    }  # fmt: skip
