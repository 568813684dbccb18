"""A small warehouse of one night, made by hand, for the tests of this folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from exporters.template_library import TEMPLATES, Template, load_template

SCHEMA = """
create schema activation;
create table activation.act_eligibility (
    segment varchar, profile_id varchar, email varchar, first_name varchar,
    last_name varchar, language varchar, country_code varchar,
    exclusion_reason varchar, consent_event_id varchar, consent_at timestamp,
    consent_source varchar, consent_policy_version varchar, membership_change varchar
);
create table activation.act_departures (
    segment varchar, profile_id varchar, departure_reason varchar, email varchar
);
create table activation.act_send_plan (
    segment varchar, profile_id varchar, priority integer, is_planned boolean,
    beaten_by varchar, has_mail boolean default true,
    loss_reason varchar default 'lower_priority'
);
create table activation.act_payload_fields (
    segment varchar, profile_id varchar, email varchar, consent_event_id varchar,
    message_id varchar, variant varchar, reason varchar, send_at timestamp, first_name varchar,
    last_name varchar, language varchar, city varchar, country_code varchar,
    currency varchar, last_purchase_name varchar, last_purchase_at timestamp,
    last_viewed_name varchar, last_viewed_url varchar, last_viewed_image_url varchar,
    last_viewed_price decimal(18, 2), last_viewed_currency varchar,
    last_viewed_category varchar,
    favourite_category varchar, cart_items_json varchar, cart_value decimal(18, 2),
    recommendations_json varchar
);
"""

MEMBER: dict[str, object] = {
    "segment": "vip",
    "first_name": "Ana",
    "last_name": "Lima",
    "language": "en",
    "country_code": "GB",
    "consent_event_id": "c1",
    "consent_at": "2026-03-01 10:00:00",
    "consent_source": "checkout",
    "consent_policy_version": "2026-01",
    "membership_change": "stayed",
}

FIELDS: dict[str, object] = {
    "segment": "vip",
    "consent_event_id": "c1",
    "variant": "a",
    "reason": "You receive this because you asked for our news.",
    "send_at": "2026-04-06 07:00:00",
    "first_name": "Ana",
    "currency": "GBP",
}

TENT: dict[str, object] = {
    "sku": "T-1",
    "name": "Trail Tent",
    "url": "https://shop.example/p/tent?size=2#top",
    "image_url": "https://shop.example/i/tent.jpg",
    "price": "199.00",
    "currency": "GBP",
    "quantity": 1,
    "reason": "Often bought with your stove",
}


@dataclass(frozen=True)
class Warehouse:
    """An in-memory warehouse and short ways to put rows into it."""

    connection: duckdb.DuckDBPyConnection

    def insert(self, table: str, row: Mapping[str, object]) -> None:
        """Add a row to a table of the schema ``activation``."""
        marks = ", ".join("?" for _ in row)
        self.connection.execute(
            f"insert into activation.{table} ({', '.join(row)}) values ({marks})",
            list(row.values()),
        )

    def member(self, profile_id: str, **cells: object) -> None:
        """Add somebody to act_eligibility; unnamed cells are harmless."""
        email = f"{profile_id}@example.com"
        row = {**MEMBER, "profile_id": profile_id, "email": email, **cells}
        self.insert("act_eligibility", row)

    def planned(self, profile_id: str, **cells: object) -> None:
        """Add a member to act_payload_fields; unnamed cells are harmless or null."""
        email = f"{profile_id}@example.com"
        row = {**FIELDS, "profile_id": profile_id, "email": email, **cells}
        row.setdefault("message_id", f"m{profile_id}")
        self.insert("act_payload_fields", row)
        key = ("segment", "email", "consent_event_id")
        self.member(profile_id, **{name: row[name] for name in key})

    def columns(self) -> list[str]:
        """Return the columns of act_payload_fields."""
        sql = "describe activation.act_payload_fields"
        return [row[0] for row in self.connection.execute(sql).fetchall()]

    def template(self, segment: str = "vip", folder: Path = TEMPLATES) -> Template:
        """Load the template of a segment against these columns."""
        return load_template(folder, segment, self.columns())


def items(*rows: Mapping[str, object]) -> str:
    """Return items as the text of a JSON column, each filled up from the tent."""
    return json.dumps([{**TENT, **row} for row in rows], ensure_ascii=False)
