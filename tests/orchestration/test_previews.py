"""A preview answers on the published night and can do nothing else."""

import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.home.published import NothingPublishedError
from orchestration.home.settings import Settings, read_settings
from orchestration.looking.previews import PreviewRefusedError, preview_segment
from orchestration.segments.described import why_refused_yml
from orchestration.segments.gate import judge_condition, judge_files, refused_tonight
from tests.conftest import PROJECT

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
create table marts.personalisation_refusals as select 'p_2' as profile_id;
create schema intermediate; create schema predictions;
create table intermediate.int_people as select 'p_1' as profile_id;
create table marts.propensities as select 'p_1' as profile_id;
create table predictions.propensities as select 1 as one;
create table segments.seg_vip as select 'p_1' as profile_id union all select 'p_3';
create table activation.act_contactable_profiles as select * from (values
    ('p_1', null), ('p_2', null), ('p_3', 'no_consent')
) as t (profile_id, exclusion_reason);
create table activation.act_segment_memberships as
    select 'vip' as segment, profile_id from segments.seg_vip
    union all select 'loyal', 'p_1';
"""


PEOPLE = "select profile_id from {{ ref('profiles') }}"
# What a segment may not do, and words of the sentence that says so.
REFUSED = {
    # more than one select, or none
    "delete from marts.profiles": "one select statement and nothing else",
    "select 1 as profile_id; select 2 as profile_id": "one select statement",
    "copy (select 1 as profile_id) to 'stolen.csv'": "one select statement",
    "attach 'x.duckdb'": "one select statement",
    "install httpfs": "one select statement",
    "pragma database_list": "one select statement",
    "set threads = 1": "one select statement",
    "select profile_id fromm": "cannot be run",
    "select profile_id from {{ ref('profiles') }};": "ends in a semicolon",
    "select * from (show tables)": "one select statement",
    # anything but marts by ref()
    "select content as profile_id from read_text('/etc/hostname')": "reads read_text",
    "select name as profile_id from duckdb_settings()": "reads duckdb_settings",
    "select * from query('select 1 as profile_id')": "reads query",
    "select profile_id from '/etc/hostname.csv'": "reads /etc/hostname.csv",
    "select profile_id from marts.profiles": "by its own name",
    "select profile_id from other.marts.profiles": "reads marts.profiles",
    "select profile_id from activation.act_contactable_profiles": "marts by ref",
    "select profile_id from {{ ref('int_people') }}": "there is no mart int_people",
    "select profile_id from {{ ref('nobody') }}": "there is no mart nobody",
    # a clock, dice, the machine
    PEOPLE + " where now() > current_date": "reads a clock",
    PEOPLE + " where current_timestamp is not null": "reads a clock",
    PEOPLE + " where age(timestamp '2026-04-05') is not null": "reads a clock",
    PEOPLE + " where random() < 0.5": "rolls dice",
    PEOPLE + " using sample 10%": "draws a sample",
    "select getenv('HOME') as profile_id": "asks the machine",
    # Jinja that is not for a segment, however it is wrapped
    "{% do run_query('copy profiles to stolen') %}" + PEOPLE: "`run_query`",
    "{% if run_query is defined %}{% do run_query('x') %}{% endif %}"
    + PEOPLE: "`run_query`",
    "{% call statement('x') %}select 1{% endcall %}" + PEOPLE: "`statement`",
    "{{ config(post_hook='copy x to y') }}" + PEOPLE: "`config`",
    "{% set r = ref %}{% if r.db_wrapper is defined %}{% endif %}"
    + PEOPLE: "`ref` otherwise",
    "select profile_id from {{ source('raw_shopify', 'orders') }}": "`source`",
    "select '{{ env_var(\"HOME\") }}' as profile_id": "`env_var`",
    "{% do adapter.execute('x') %}" + PEOPLE: "`adapter`",
    "select '{{ var(\"no_such_var\") }}' as profile_id": "has none of that name",
    "select '{{ \"\".__class__ }}' as profile_id": "turned into SQL",
    "select {% profile_id": "not well formed in line 1",
    # without end
    "{{ 'a' * 10**10 }}": "too much memory",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}": (
        "took longer than 1 seconds to become SQL"
    ),
    "with recursive r as (select 1 as i union all select i + 1 from r) "
    "select cast(i as varchar) as profile_id from r": "was stopped",
    "select cast(sum(a.i * b.i) as varchar) as profile_id "
    "from range(9000000) a(i), range(9000000) b(i)": "was stopped",
    # anything but people, each once
    "select profile_id, first_name from {{ ref('profiles') }}": "exactly one, profile_id",
    "select first_name from {{ ref('profiles') }}": "exactly one, profile_id",
    "select 1 as profile_id": "of type INTEGER",
    PEOPLE + " union all " + PEOPLE: "names 3 of its people more than once",
    "select case when profile_id <> 'p_1' then profile_id end as profile_id "
    "from {{ ref('profiles') }}": "gives 1 row.s. without a profile_id",
    "select first_name as profile_id from {{ ref('profiles') }} where profile_id < 'p_3'": (
        "2 id.s. that are nobody's"
    ),
    PEOPLE: "names 1 people who have refused",
    "select cast(cast(first_name as int) as varchar) as profile_id "
    "from {{ ref('profiles') }}": "cannot be run",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home whose CURRENT names a small database."""
    return settings_of(tmp_path / "home")


def settings_of(home: Path) -> Settings:
    settings = read_settings(home)
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
    where last_changed_at < {{ hours_before(24) }}
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


def seg(number: int) -> str:
    return f"seg_{number:02d}"


PAIR = "models: [{name: seg_x, columns: [{name: profile_id, data_tests: [%s]}]}]"
# What the yml of a segment may not say, and words of the sentence that says so.
REFUSED_YML = {
    "models: [{name: seg_x, config: {post_hook: copy x to y}}]": "`post_hook`",
    "models: [{name: seg_x, config: {pre-hook: copy x to y}}]": "`pre-hook`",
    "models: [{name: seg_x, config: {sql_header: set x = 1}}]": "`sql_header`",
    "models: [{name: seg_x, config: {materialized: external, location: x}}]": "`location`",
    "models: [{name: seg_x, constraints: [{type: check, expression: x}]}]": "`constraints`",
    "models: [{name: seg_x, description: \"{{ 'a' * 10**10 }}\"}]": "has Jinja in its yml",
    "models: [{name: seg_x, columns: [{name: profile_id, constraints: []}]}]": "`constraints`",
    "on-run-end: [copy x to y]": "`on-run-end`",
    "models: [": "cannot be read",
    "- a list": "cannot be read",
    PAIR
    % "{accepted_values: {arguments: {values: ['{{ run_query(1) }}']}}}": "has Jinja",
    PAIR
    % "{relationships: {arguments: {to: ref(run_query('x')), field: a}}}": "calls something",
    PAIR % "{every_row: {arguments: {condition: '1=1); copy (select 1'}}}": "every_row",
    PAIR
    % "{every_row: {arguments: {condition: (from read_csv('/etc/x')) = 1}}}": "read_csv",
    PAIR % "{unique: {config: {where: random() < 1}}}": "rolls dice",
    PAIR % "{unique: {config: {store_failures: true}}}": "`store_failures`",
}


@pytest.mark.parametrize(
    ("yml", "words"), REFUSED_YML.items(), ids=range(len(REFUSED_YML))
)
def test_what_the_yml_of_a_segment_may_not_say_is_said(
    yml: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "seg_x.yml").write_text(yml)

    assert words in str(why_refused_yml(tmp_path / "seg_x.yml", judge_condition))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home and a project whose segments are all of `REFUSED`, with little time to run."""
    home = settings_of(tmp_path_factory.mktemp("refused") / "home")
    folder = home.home.parent / "project"
    shutil.copytree(PROJECT / "macros", folder / "macros")
    text = (PROJECT / "dbt_project.yml").read_text()
    text = re.sub("segment_seconds: .*", "segment_seconds: 0.5", text)
    text = re.sub("segment_memory: .*", "segment_memory: 200MB", text)
    (folder / "dbt_project.yml").write_text(text)
    for model in (
        "marts/profiles", "marts/carts", "marts/personalisation_refusals",
        "clock/run_context", "intermediate/int_people",
    ):  # fmt: skip
        path = folder / "models" / f"{model}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("select 1")
    segments = folder / "models" / "segments"
    segments.mkdir()
    for number, sql in enumerate(REFUSED):
        (segments / f"{seg(number)}.sql").write_text(sql)
        (segments / f"{seg(number)}.yml").write_text(
            f"models: [{{name: {seg(number)}, config: {{meta: {{uses: personalisation}}}}}}]"
        )
    own = Settings(home.home, folder, home.templates)
    own.warehouse.parent.mkdir()
    shutil.copy(own.published / "small.duckdb", own.warehouse)
    return own


@pytest.fixture(scope="module")
def tonight(project: Settings) -> dict[str, str]:
    """What a night refuses, and why."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("orchestration.segments.sandbox.SECONDS_ALLOWED", 1)
        return refused_tonight(project)


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_a_segment_may_not_do_holds_it_back_and_is_said(
    number: int, project: Settings, tonight: dict[str, str]
) -> None:
    sentence = tonight.get(seg(number), "nothing")

    assert sentence.startswith(f"{seg(number)} ")
    assert re.search(list(REFUSED.values())[number], sentence)
    assert sentence.count("\n") == 0 or "LINE" in sentence
    assert "Ana" not in sentence, "never a person's data"
    assert not list(project.home.parent.rglob("stolen*"))


@pytest.mark.parametrize("number", range(1, len(REFUSED), 7))
def test_what_a_night_refuses_a_preview_refuses_in_the_same_words(
    number: int,
    project: Settings,
    tonight: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("orchestration.segments.sandbox.SECONDS_ALLOWED", 1)
    file = project.project_dir / "models" / "segments" / f"{seg(number)}.sql"

    with pytest.raises(PreviewRefusedError) as refusal:
        preview_segment(project, str(file))
    assert str(refusal.value) == tonight[seg(number)]


def test_what_the_project_builds_as_segments_passes_the_gate() -> None:
    judged = judge_files(read_settings())

    assert judged.refused == {}
    assert len(judged.queries) == len(
        list((PROJECT / "models/segments").rglob("*.sql"))
    )


def test_a_mart_that_is_called_like_a_table_of_a_step_is_the_one_that_is_read(
    settings: Settings, tmp_path: Path
) -> None:
    sql = "select profile_id from {{ ref('propensities') }}"

    assert "caught                 1" in preview_segment(
        settings, file_with(tmp_path, sql)
    )


def test_a_file_without_a_yml_is_told_of_its_refusers(
    settings: Settings, tmp_path: Path
) -> None:
    sql = "select profile_id from {{ ref('profiles') }}"

    assert "1 of them have refused personalisation" in preview_segment(
        settings, file_with(tmp_path, sql)
    )


def test_an_unknown_segment_names_those_that_exist(settings: Settings) -> None:
    with pytest.raises(PreviewRefusedError, match="It has: seg_vip"):
        preview_segment(settings, "seg_wip")


def test_before_the_first_night_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NothingPublishedError, match="nightpost run"):
        preview_segment(read_settings(tmp_path), "vip")
