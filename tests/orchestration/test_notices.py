"""Whatever did not go out whole is said in one sentence, with a count and a command."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from exporters.rejects import Reject
from exporters.waterfall import Waterfall
from orchestration.home.notes import (
    Held,
    Notice,
    add_held,
    add_notices,
    read_told,
    start_notes,
)
from orchestration.home.settings import Settings, read_settings
from orchestration.publishing.notices import (
    CODES,
    LOOK_AT_HELD,
    as_facts,
    excluded_people,
    find_notices,
    read_notices,
)
from tests.conftest import REPOSITORY

NIGHT = date(2026, 4, 5)
TABLES = """
create schema marts; create schema staging; create schema activation;
create schema raw_nightpost; create schema intermediate;
create table intermediate.int_opt_outs_unioned (
    source varchar, table_name varchar, file_id varchar, row_number bigint,
    is_refusal boolean, contact varchar, record_key varchar
);
create table marts.refusals (
    refusal_id varchar, profile_id varchar, source varchar, table_name varchar,
    kind varchar, said_at timestamp, is_in_force boolean
);
create table marts.unconverted_orders (currency varchar, order_count bigint);
create table marts.unmapped_order_statuses (
    source varchar, order_status varchar, order_count bigint
);
create table marts.audience_history (
    segment varchar, profile_id varchar, is_exported boolean
);
create table staging.stg_nightpost__sources (
    source varchar, table_name varchar, max_age_days bigint, when_stale varchar,
    newest_export_date date, is_consent_source boolean, is_fresh boolean
);
create table activation.act_eligibility (
    segment varchar, profile_id varchar, exclusion_reason varchar
);
create table raw_nightpost.row_counts (
    source varchar, table_name varchar, rows_in bigint, rows_rejected bigint,
    rows_unreadable bigint
);
"""


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(TABLES)
    return connection


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home and a project with one segment, which is listed."""
    segments = tmp_path / "project" / "models" / "segments"
    segments.mkdir(parents=True)
    (segments / "seg_vip.sql").write_text("select 1")
    (tmp_path / "project" / "dbt_project.yml").write_text(
        "vars: {segment_priority: [seg_vip]}"
    )
    found = read_settings(tmp_path / "home")
    return replace(found, project_dir=tmp_path / "project")


def notices(
    warehouse: duckdb.DuckDBPyConnection,
    settings: Settings,
    *,
    held: tuple[Held, ...] = (),
    waterfalls: tuple[Waterfall, ...] = (),
    members: tuple[Reject, ...] = (),
    mails: tuple[Reject, ...] = (),
) -> list[tuple[str, int, str]]:
    """Return code, count and sentence of what a night says."""
    found = find_notices(
        warehouse,
        settings,
        held=held,
        told=read_told(settings, NIGHT),
        waterfalls=waterfalls,
        members=members,
        mails=mails,
    )
    return [(one.code, one.count, one.sentence) for one in found]


def test_a_night_that_went_out_whole_says_nothing(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    warehouse.execute("insert into raw_nightpost.row_counts values ('a', 'b', 9, 0, 0)")
    warehouse.execute(
        "insert into activation.act_eligibility values ('vip', 'p1', null)"
    )
    warehouse.execute("insert into marts.audience_history values ('vip', 'p1', true)")
    whole = Waterfall("vip", selected=1, audience=1, planned=1, payloads=1)

    assert notices(warehouse, settings, waterfalls=(whole,)) == []


def test_rejected_rows_are_counted_by_table_wherever_they_were_rejected(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    warehouse.execute(
        "insert into raw_nightpost.row_counts values "
        "('shopify', 'orders', 9000, 1, 1200), ('ga4', 'events', 10, 2, 0)"
    )

    assert notices(warehouse, settings) == [
        ("rows_rejected", 2, "ga4/events: 2 of 10 rows were rejected, over all of its files."),
        (
            "rows_rejected",
            1201,
            "shopify/orders: 1,201 of 9,000 rows were rejected, over all of its files.",
        ),
    ]  # fmt: skip


def test_people_who_may_not_be_written_to_are_counted_once_by_reason(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    warehouse.execute(
        "insert into activation.act_eligibility values ('vip', 'p1', 'no_consent'), "
        "('all', 'p1', 'no_consent'), ('all', 'p2', 'withdrawn'), "
        "('all', 'p3', 'no_consent'), ('all', 'p4', null)"
    )

    (notice,) = excluded_people(warehouse)
    assert notice.command == "nightpost preview seg_all"
    assert notices(warehouse, settings) == [
        (
            "people_excluded",
            3,
            "3 of 4 people in segments may not be written to (no_consent 2, withdrawn 1).",
        )
    ]


def test_mails_that_were_not_made_are_said_with_their_reasons(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    fall = Waterfall("vip", selected=4, audience=4, planned=4, rejected=3, payloads=1)
    mails = tuple(
        Reject("vip", f"p{number}", reason, "cart_items_json", "0" * 64)
        for number, reason in enumerate(["unsafe_link", "null_token", "unsafe_link"])
    )

    assert notices(warehouse, settings, waterfalls=(fall,), mails=mails) == [
        (
            "mails_refused",
            3,
            "vip: 3 of 4 mails were not made (unsafe_link 2, null_token 1).",
        )
    ]


def test_members_whom_a_file_cannot_name_are_said(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    member = Reject("vip", "p1", "control_character", "email", "0" * 64)

    assert notices(warehouse, settings, members=(member,)) == [
        (
            "members_refused",
            1,
            "vip: 1 people are left out, because a cell of theirs cannot be written to a "
            "file (control_character 1).",
        )
    ]


def test_an_audience_that_ran_empty_is_said_and_one_that_always_was_is_not(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    warehouse.execute(
        "insert into marts.audience_history values ('vip', 'p1', true), "
        "('vip', 'p2', true), ('vip', 'p3', false), ('all', 'p3', false)"
    )
    empty = (Waterfall("vip"), Waterfall("all"), Waterfall("new"))

    assert notices(warehouse, settings, waterfalls=empty) == [
        (
            "audience_emptied",
            2,
            "vip is empty tonight; the night before, 2 people were in its audience. "
            "0 were selected.",
        )
    ]


def test_a_segment_without_a_place_in_the_list_is_said(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    folder = settings.project_dir / "models" / "segments" / "people"
    folder.mkdir()
    (folder / "seg_forgotten.sql").write_text("select 1")

    ((code, count, sentence),) = notices(warehouse, settings)

    assert (code, count) == ("segment_not_listed", 1)
    assert sentence.startswith("seg_forgotten has no place in `segment_priority`")


def test_a_late_source_that_serves_is_said_and_one_that_never_came_is_not(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    warehouse.execute(
        "insert into staging.stg_nightpost__sources values "
        "('ga4', 'events', 2, 'serve', date '2026-04-01', false, false), "
        "('crm', 'people', 2, 'serve', null, false, false), "
        "('shop', 'orders', 2, 'hold', date '2026-04-01', false, false), "
        "('shop', 'lines', 2, 'serve', date '2026-04-05', false, true)"
    )

    ((code, _, sentence),) = notices(warehouse, settings)

    assert code == "source_not_fresh"
    assert "ga4/events is late: its newest export is of 2026-04-01" in sentence


def test_what_is_held_back_comes_first_in_its_own_words(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    warehouse.execute("insert into raw_nightpost.row_counts values ('a', 'b', 9, 1, 0)")
    held = (Held("template", "vip", "t."), Held("source", "a/b", "s."))

    assert [one[0] for one in notices(warehouse, settings, held=held)] == [
        "held_source",
        "held_template",
        "rows_rejected",
    ]


def test_every_kind_that_can_be_held_has_a_command_and_a_rank() -> None:
    source = Path(read_settings().project_dir.parent / "orchestration")
    held = {
        kind
        for path in source.rglob("*.py")
        for kind in re.findall(r'Held\(\s*"([a-z]+)"', path.read_text(encoding="utf-8"))
    }

    assert held, "no step holds anything back?"
    assert held <= set(LOOK_AT_HELD)
    assert {f"held_{kind}" for kind in held} <= set(CODES)


def test_every_code_stands_on_the_page_that_lists_them() -> None:
    page = (REPOSITORY / "orchestration" / "README.md").read_text(encoding="utf-8")
    section = page.partition("## What a night says")[2].partition("\n## ")[0]
    rows = "\n".join(line for line in section.splitlines() if line.startswith("| `"))

    assert set(CODES) == set(re.findall(r"`([a-z_]+)`", rows)) & set(CODES)


def test_a_step_may_add_its_own_and_another_night_does_not_see_it(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    own = Notice("files_unknown", "One file is nobody's.", 1, "nightpost land --help")
    start_notes(settings, NIGHT)
    add_notices(settings, NIGHT, [own, own])
    add_held(settings, NIGHT, [Held("source", "a/b", "s.")])

    assert notices(warehouse, settings) == [
        ("files_unknown", 1, "One file is nobody's.")
    ]
    assert read_told(settings, date(2026, 4, 6)) == ()
    start_notes(settings, NIGHT)
    assert notices(warehouse, settings) == []


def test_the_manifest_gives_back_what_was_said() -> None:
    said = (Notice("rows_rejected", "a/b: 1 of 9 rows.", 1, "nightpost rejects a/b"),)

    assert read_notices({"notices": as_facts(said)}) == said
    assert read_notices({}) == ()


def test_a_no_that_nobody_can_read_as_a_whole_is_told(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    warehouse.execute(
        "insert into intermediate.int_opt_outs_unioned values "
        "('crm', 'contacts', 'f', 1, true, '', null), "
        "('crm', 'contacts', 'f', 2, true, '', '7'), "
        "('crm', 'contacts', 'f', 3, true, 'a@x.example', null)"
    )
    warehouse.execute(
        "insert into marts.refusals values "
        "('r1', 'p1', 'crm', 'contacts', 'unreadable_withdrawal', null, true), "
        "('r1', 'p2', 'crm', 'contacts', 'unreadable_withdrawal', null, true), "
        "('r2', 'p3', 'crm', 'contacts', 'unreadable_withdrawal', null, false), "
        "('r3', 'p4', 'crm', 'contacts', 'crm_opt_out', null, true), "
        "('r4', 'p5', 'shop', 'customers', 'shop_opt_out', null, true)"
    )

    found = notices(warehouse, settings)

    assert [(code, count) for code, count, _ in found] == [
        ("no_names_nobody", 1),
        ("no_unreadable", 2),
        ("no_undated", 1),
    ]


def test_orders_that_cannot_be_placed_are_said_without_what_a_shifted_row_holds(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    warehouse.execute(
        "insert into marts.unconverted_orders values ('XXX', 3), ('ana@x.example', 1)"
    )
    warehouse.execute(
        "insert into marts.unmapped_order_statuses values ('generic', 'on its way', 2)"
    )

    found = notices(warehouse, settings)

    assert [(code, count) for code, count, _ in found] == [
        ("orders_without_rate", 4),
        ("order_status_unknown", 2),
    ]
    sentences = " ".join(sentence for *_, sentence in found)
    assert "(XXX 3, other 1)" in sentences and "(generic on its way 2)" in sentences
    assert "ana" not in sentences
