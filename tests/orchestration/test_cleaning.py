"""Every distinct address and phone is judged once; what is kept changes nothing but the cost."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.identity.cleaning import values as cleaning
from orchestration.identity.cleaning.values import (
    TABLES,
    Cleaned,
    CleaningError,
    HeldColumn,
    clean_values,
    held_columns,
    write_empty_tables,
)

COLUMNS = (
    HeldColumn("staging", "stg_crm__contacts", "email", "email"),
    HeldColumn("staging", "stg_crm__contacts", "phone", "phone", "country_code"),
    HeldColumn("staging", "stg_esp__events", "email", "email"),
    HeldColumn("staging", "stg_esp__events", "sms_number", "phone"),
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with two staging models and the countries."""
    with duckdb.connect() as database:
        database.execute(
            """
            create schema staging;
            create schema reference;
            create table reference.countries as
            from (values ('Germany', 'DE'), ('DE', 'DE'), ('GB', 'GB'), ('Antarctica', 'AQ'))
                as t (country_name, country_code);
            create table staging.stg_crm__contacts as
            from (values
                ('ana@example.com', '07700900123', 'GB'),
                ('ana@example.com', '03012345678', 'germany'),
                ('ben@shop.test', '07700900123', 'GB'),
                (null, null, null),
                (null, '020', 'Antarctica')
            ) as t (email, phone, country_code);
            create table staging.stg_esp__events as
            from (values
                ('ana@example.com', '02079460000'), ('zoe@xn--bcher-kva.example', null)
            ) as t (email, sms_number)
            """
        )
        yield database


def clean(connection: duckdb.DuckDBPyConnection, kept: Path) -> tuple[Cleaned, ...]:
    return clean_values(connection, COLUMNS, kept, "GB")


def tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    return {
        table: connection.execute(f"from cleaned.{table} order by all").fetchall()
        for table in TABLES
    }


def test_every_distinct_value_has_one_row(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    emails, phones = clean(connection, tmp_path)

    assert tables(connection) == {
        "emails": [
            ("ana@example.com", "ana@example.com", None),
            ("ben@shop.test", None, "reserved_domain"),
            ("zoe@xn--bcher-kva.example", "zoe@bücher.example", None),
        ],
        "phones": [
            ("020", "Antarctica", None, "too_short"),
            ("02079460000", "", "+442079460000", None),
            ("03012345678", "germany", "+493012345678", None),
            ("07700900123", "GB", "+447700900123", "unassigned_range"),
        ],
    }
    assert emails == Cleaned("emails", 3, 3, {"reserved_domain": 1})
    assert phones == Cleaned("phones", 4, 4, {"too_short": 1, "unassigned_range": 1})


def test_a_second_night_judges_only_what_is_new_and_says_the_same(
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clean(connection, tmp_path)
    first = tables(connection)
    asked: list[str] = []
    judge = cleaning.judge_email
    monkeypatch.setattr(
        cleaning, "judge_email", lambda text: asked.append(text) or judge(text)
    )

    clean(connection, tmp_path)
    assert (tables(connection), asked) == (first, [])

    connection.execute(
        "insert into staging.stg_crm__contacts values ('new@example.com', null, null)"
    )
    emails, phones = clean(connection, tmp_path)
    with_kept = tables(connection)
    assert (asked, emails.judged, phones.judged) == (["new@example.com"], 1, 0)

    clean(connection, tmp_path / "nothing_kept")
    assert tables(connection) == with_kept


def test_what_the_sources_no_longer_hold_is_not_kept(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    clean(connection, tmp_path)
    connection.execute("delete from staging.stg_crm__contacts where email like 'ben%'")
    clean(connection, tmp_path)

    (kept,) = tmp_path.glob("cleaned-emails-*.parquet")
    texts = connection.execute("select text from read_parquet(?)", [str(kept)])
    assert "ben@shop.test" not in {text for (text,) in texts.fetchall()}


def test_what_is_kept_is_private_whole_and_of_these_libraries_only(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "cleaned-emails-of-an-older-library.parquet").write_bytes(b"old")
    clean(connection, tmp_path)

    files = sorted(path.name for path in tmp_path.iterdir())
    assert [name.rpartition("-")[0] for name in files] == [
        "cleaned-emails",
        "cleaned-phones",
    ]
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", [b"", b"PAR1 no parquet PAR1"])
def test_a_damaged_file_is_judged_again(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, damage: bytes
) -> None:
    clean(connection, tmp_path)
    first = tables(connection)
    for path in tmp_path.iterdir():
        path.write_bytes(damage)
    emails, _ = clean(connection, tmp_path)

    assert (tables(connection), emails.judged) == (first, 3)


def test_the_default_country_is_part_of_what_a_number_means(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    clean(connection, tmp_path)
    clean_values(connection, COLUMNS, tmp_path, "DE")

    number = connection.execute(
        "select phone from cleaned.phones where phone_text = '02079460000'"
    ).fetchone()
    assert number == ("+492079460000",)


def test_no_columns_and_no_rows_leave_empty_tables(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    clean_values(connection, (), tmp_path, "GB")

    assert tables(connection) == {"emails": [], "phones": []}


def test_the_empty_tables_have_the_columns_of_the_full_ones(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    def shape() -> list[Any]:
        return connection.execute(
            "select table_name, column_name, data_type from information_schema.columns "
            "where table_schema = 'cleaned' order by all"
        ).fetchall()

    write_empty_tables(connection)
    empty = shape()
    clean(connection, tmp_path)

    assert shape() == empty


def test_a_default_country_that_is_none_is_told(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(CleaningError, match="default_country"):
        clean_values(connection, COLUMNS, tmp_path, "44")


def test_an_engines_error_names_nobody(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    connection.execute(
        "drop table staging.stg_esp__events; create view staging.stg_esp__events as "
        "select error('ana@example.com') as email, 'x' as sms_number"
    )
    with pytest.raises(CleaningError) as told:
        clean(connection, tmp_path)

    assert "ana@" not in str(told.value)


def node(holds: object, layer: str = "staging") -> dict[str, Any]:
    meta = {"holds": holds, "country": "country_code"}
    return {
        "resource_type": "model",
        "fqn": ["nightpost", layer, "crm", "stg_crm__contacts"],
        "schema": layer,
        "name": "stg_crm__contacts",
        "columns": {"phone": {"config": {"meta": meta}}, "name": {"config": {}}},
    }


def test_the_yml_says_which_columns_are_judged() -> None:
    found = held_columns({"a": node("phone"), "b": node("phone", layer="marts")})

    assert found == (
        HeldColumn("staging", "stg_crm__contacts", "phone", "phone", "country_code"),
    )
    with pytest.raises(CleaningError, match=r"stg_crm__contacts\.phone"):
        held_columns({"a": node("fax")})
