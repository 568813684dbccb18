"""A published night of a handful of people, written by hand, and a truth beside it."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from orchestration.home.settings import Settings, read_settings

NIGHT = "2026-04-05"
DATABASE = f"published/{NIGHT}-x.duckdb"
ANA, BEN, OFFICE, TWINS = "p_ana", "p_ben", "p_office", "p_twins"

TABLES: Mapping[str, tuple[str, Iterable[str]]] = {
    "cleaned.emails": (
        "email_text varchar, email varchar",
        ["('ANA@x.example', 'ana@x.example')"],
    ),
    "marts.profile_identifiers": (
        "identifier_key varchar, profile_id varchar, identifier_type varchar, "
        "identifier_value varchar, record_count int, is_trusted boolean",
        [
            "('crm:hubspot/1', 'p_ana', 'crm', 'hubspot/1', 1, true)",
            "('email:ana@x.example', 'p_ana', 'email', 'ana@x.example', 2, true)",
            "('customer:shopify/9', 'p_ana', 'customer', 'shopify/9', 1, true)",
            "('crm:hubspot/2', 'p_ben', 'crm', 'hubspot/2', 1, true)",
            "('phone_and_name:+441/anasmith', 'p_ana', 'phone_and_name', '+441/anasmith', 1, true)",
            "('phone_and_name:+441/bensmith', 'p_ben', 'phone_and_name', '+441/bensmith', 1, true)",
            "('email:office@x.example', 'p_office', 'email', 'office@x.example', 3, false)",
            "('crm:hubspot/7', 'p_twins', 'crm', 'hubspot/7', 1, true)",
            "('crm:hubspot/8', 'p_twins', 'crm', 'hubspot/8', 1, true)",
        ],
    ),
    "intermediate.int_identifiers_unioned": (
        "record_id varchar, source varchar, identifier varchar",
        [
            "('hubspot/1', 'hubspot', 'crm:hubspot/1')",
            "('hubspot/1', 'hubspot', 'email:ana@x.example')",
            "('hubspot/1', 'hubspot', 'phone_and_name:+441/anasmith')",
            "('shopify/9', 'shopify', 'customer:shopify/9')",
            "('shopify/9', 'shopify', 'email:ana@x.example')",
            "('hubspot/2', 'hubspot', 'crm:hubspot/2')",
            "('hubspot/2', 'hubspot', 'phone_and_name:+441/bensmith')",
            "('hubspot/2', 'hubspot', 'email:office@x.example')",
            "('shopify/order/#1', 'shopify', 'email:office@x.example')",
            "('shopify/order/#2', 'shopify', 'email:office@x.example')",
            "('shopify/order/#4', 'shopify', 'email:office@x.example')",
            "('hubspot/7', 'hubspot', 'crm:hubspot/7')",
            "('hubspot/8', 'hubspot', 'crm:hubspot/8')",
        ],
    ),
    "intermediate.int_contacts_unioned": (
        "source varchar, record_key varchar, first_name varchar, last_name varchar, "
        "birth_date date, postal_code varchar",
        [
            "('hubspot', '1', 'Ana', 'Smith', date '1990-02-28', 'N1')",
            "('shopify', '9', 'ANA', 'SMITH', null, null)",
            "('hubspot', '2', 'Simth', 'Ben', null, null)",
            "('hubspot', '7', 'Una', 'Lee', null, null)",
            "('hubspot', '8', 'Ada', 'Lee', null, null)",
        ],
    ),
    "intermediate.int_components": (
        "identifier varchar, component_id varchar",
        [
            "('crm:hubspot/1', 'crm:hubspot/1')",
            "('customer:shopify/9', 'crm:hubspot/1')",
            "('crm:hubspot/2', 'crm:hubspot/2')",
        ],
    ),
    "marts.orders": (
        "order_id varchar, profile_id varchar, source varchar, order_number varchar",
        [
            "('shopify/#1', 'p_office', 'shopify', '#1')",
            "('shopify/#2', 'p_office', 'shopify', '#2')",
            "('shopify/#3', null, 'shopify', '#3')",
            "('shopify/#4', null, 'shopify', '#4')",
        ],
    ),
    "marts.profiles": (
        "profile_id varchar, first_name varchar, last_name varchar, email varchar, "
        "phone varchar, birth_date date, postal_code varchar",
        [
            "('p_ana', 'Ana', 'Smith', 'ana@x.example', '+441', date '1990-02-28', 'N1')",
            "('p_ben', 'Ben', 'Smith', null, '+441', null, null)",
        ],
    ),
    "marts.profile_attributes": (
        "profile_id varchar, field varchar, field_value varchar, source varchar, "
        "record_id varchar, updated_at timestamp, rule varchar, is_fallback boolean, "
        "runner_up_count int",
        [
            "('p_ana', 'first_name', '[red]Ana', 'hubspot', 'hubspot/1', "
            "timestamp '2026-01-01', 'source_rank', false, 1)"
        ],
    ),
    "linked.probable_links": (
        "left_component_id varchar, right_component_id varchar, left_record_id varchar, "
        "right_record_id varchar, match_weight double, match_probability double, "
        "band varchar, evidence varchar, model_id varchar",
        [
            "('crm:hubspot/1', 'crm:hubspot/2', 'hubspot/1', 'hubspot/2', 3.5, 0.918, "
            "'clerical', 'phone equal +9.1, first name other -4.2', 'base')"
        ],
    ),
    "people.possible_matches": (
        "profile_id varchar, other_profile_id varchar, match_probability double, why varchar",
        ["('p_ana', 'p_ben', 0.918, 'between the thresholds')"],
    ),
    "people.changes": (
        "night date, profile_id varchar, event varchar, other_profile_id varchar, "
        "reason varchar",
        [
            "(date '2026-04-01', 'p_ana', 'born', null, 'first record')",
            "(date '2026-04-03', 'p_old', 'merged', 'p_ana', 'email')",
            "(date '2026-04-03', 'p_ben', 'born', null, 'first record')",
        ],
    ),
    "people.identifiers": (
        "identifier varchar, profile_id varchar",
        [
            "('crm:hubspot/1', 'p_ana')",
            "('customer:shopify/9', 'p_ana')",
            "('crm:hubspot/2', 'p_ben')",
        ],
    ),
    "people.aliases": (
        "old_profile_id varchar, profile_id varchar",
        ["('p_old', 'p_ana')"],
    ),
}

# what the sources were told of, and whose it really is
RECORDS = [
    ("hubspot", "1", "person-1"),
    ("shopify_customer", "9", "person-1"),
    ("email", "ANA@x.example", "person-1"),
    ("hubspot", "2", "person-2"),
    ("shopify_order", "#1", "person-2"),
    ("shopify_order", "#2", "person-3"),
    ("shopify_order", "#3", "person-1"),
    ("shopify_order", "#4", "person-1"),
    ("email", "office@x.example", "person-2"),
    ("email", "office@x.example", "person-3"),
    ("hubspot", "7", "person-7"),
    ("hubspot", "8", "person-8"),
    ("hubspot", "99", "person-1"),
    ("ga4_device", "bot", None),
]
PEOPLE = [
    ("person-1", "Ana", "Smith", []),
    ("person-2", "Ben", "Smith", ["duplicate_contact", "shared_mailbox"]),
    ("person-3", "Cy", "Jones", ["shared_mailbox"]),
    ("person-7", "Una", "Lee", ["twin"]),
    ("person-8", "Ada", "Lee", ["twin"]),
]


def publish_small_night(home: Path, leave_out: Iterable[str] = ()) -> Settings:
    """Write the night into ``home`` as if it were published, and return its settings."""
    (home / "published").mkdir(parents=True)
    (home / "outbox").mkdir()
    with duckdb.connect(str(home / DATABASE)) as connection:
        for table, (columns, rows) in TABLES.items():
            if table in leave_out:
                continue
            connection.execute(f"create schema if not exists {table.split('.')[0]}")
            connection.execute(f"create table {table} ({columns})")
            connection.execute(f"insert into {table} values {', '.join(rows)}")
    current = {
        "night": NIGHT,
        "run_id": "x",
        "outbox": "outbox/x",
        "database": DATABASE,
    }
    (home / "outbox" / "CURRENT").write_text(json.dumps(current))
    return read_settings(home)


def write_truth(home: Path) -> None:
    """Write the truth tables beside the inbox of ``home``."""
    folder = home / "demo_truth"
    folder.mkdir()
    with duckdb.connect() as connection:
        connection.execute(
            "create table records (source varchar, record_key varchar, person_id varchar)"
        )
        connection.executemany("insert into records values (?, ?, ?)", RECORDS)
        connection.execute(
            "create table people (person_id varchar, first_name varchar, "
            "last_name varchar, kinds varchar[])"
        )
        connection.executemany("insert into people values (?, ?, ?, ?)", PEOPLE)
        for name in ("records", "people"):
            connection.execute(f"copy {name} to '{folder / name}.parquet'")
