"""A preview answers on the published night and can do nothing else."""

import json
from pathlib import Path

import duckdb
import pytest

from orchestration.previews import PreviewRefusedError, preview_segment
from orchestration.publish import NothingPublishedError
from orchestration.settings import Settings, read_settings

TABLES = """
create schema clock; create schema marts; create schema segments; create schema activation;
create table clock.run_context as
    select date '2026-04-05' as as_of_date, timestamp '2026-04-05 23:00:00' as as_of_at;
create table marts.profiles as select * from (values
    ('p_1', 'Ana', 'GB'), ('p_2', 'Bo' || chr(27) || '[31m', 'DE'), ('p_3', null, null)
) as t (profile_id, first_name, country_code);
create table marts.carts as select * from (values
    ('p_1', timestamp '2026-04-04 22:59:59'), ('p_2', timestamp '2026-04-04 23:00:00')
) as t (profile_id, last_changed_at);
create table segments.seg_vip as select 'p_1' as profile_id union all select 'p_3';
create table activation.act_contactable_profiles as select * from (values
    ('p_1', null), ('p_2', null), ('p_3', 'no_consent')
) as t (profile_id, exclusion_reason);
create table activation.act_segment_memberships as
    select 'vip' as segment, profile_id from segments.seg_vip
    union all select 'loyal', 'p_1';
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home whose CURRENT names a small database."""
    settings = read_settings(tmp_path / "home")
    settings.published.mkdir(parents=True)
    settings.outbox.mkdir()
    database = settings.published / "small.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(TABLES)
    current = {"night": "2026-04-05", "run_id": "r", "outbox": "outbox/x"}
    (settings.outbox / "CURRENT").write_text(
        json.dumps({**current, "database": "published/small.duckdb"})
    )
    return settings


def file_with(tmp_path: Path, sql: str) -> str:
    path = tmp_path / "seg_new.sql"
    path.write_text(sql)
    return str(path)


def test_a_segment_is_shown_with_size_reach_reasons_sample_and_overlap(
    settings: Settings,
) -> None:
    text = preview_segment(settings, "vip")

    for line in (
        "seg_vip on the night of 2026-04-05",
        "caught                 2",
        "reachable              1   50.0% may be written to",
        "not reachable          1   no_consent",
        "loyal                            1   50.0% of it",
        "p_1  Ana  GB  may be written to",
    ):
        assert line in text


def test_a_file_may_use_refs_and_the_clock_as_in_dbt(
    settings: Settings, tmp_path: Path
) -> None:
    sql = """
    -- Who: carts older than 24 hours
    select profile_id from {{ ref("carts") }}
    where last_changed_at < {{ hours_before(24) }};
    """

    assert "caught                 1" in preview_segment(
        settings, file_with(tmp_path, sql)
    )


def test_a_terminal_is_not_told_what_a_name_says(
    settings: Settings, tmp_path: Path
) -> None:
    sql = 'select profile_id from {{ ref("profiles") }}'
    text = preview_segment(settings, file_with(tmp_path, sql))

    assert "\x1b" not in text
    assert "Bo·[31m" in text


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("delete from marts.profiles", "one select statement"),
        ("select 1 as profile_id; select 2 as profile_id", "one select statement"),
        (
            "select profile_id, first_name from marts.profiles",
            "exactly one, profile_id",
        ),
        (
            "select content as profile_id from read_text('/etc/hostname')",
            "cannot be run",
        ),
        ("select profile_id from marts.no_such_table", "no_such_table"),
        ("select profile_id from {{ ref('nobody') }}", "no model nobody"),
        ("select profile_id from {{ env_var('HOME') }}", "does not know"),
        ("select profile_id from {{ ''.__class__ }}", "does not know"),
        ("select {% profile_id", "seg_new.sql"),
        (
            "select cast(first_name as int) as profile_id from marts.profiles",
            "cannot be run",
        ),
    ],
)
def test_what_a_preview_refuses_it_says_in_a_sentence(
    sql: str, words: str, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(PreviewRefusedError, match=words) as refusal:
        preview_segment(settings, file_with(tmp_path, sql))

    assert "Ana" not in str(refusal.value), "never a person's data"


def test_a_query_cannot_write_a_file(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "stolen.csv"
    sql = f"copy (select 1 as profile_id) to '{target}'"

    with pytest.raises(PreviewRefusedError):
        preview_segment(settings, file_with(tmp_path, sql))
    assert not target.exists()


def test_a_query_that_never_ends_is_stopped(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.previews.SECONDS_ALLOWED", 0.5)
    sql = "select cast(sum(a.i * b.i) as varchar) as profile_id from range(9000000) a(i), range(9000000) b(i)"

    with pytest.raises(PreviewRefusedError, match="was stopped"):
        preview_segment(settings, file_with(tmp_path, sql))


def test_an_unknown_segment_names_those_that_exist(settings: Settings) -> None:
    with pytest.raises(PreviewRefusedError, match="It has: seg_vip"):
        preview_segment(settings, "seg_wip")


def test_before_the_first_night_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NothingPublishedError, match="nightpost run"):
        preview_segment(read_settings(tmp_path), "vip")
