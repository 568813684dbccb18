"""A broken part stops only itself, is named, and gives exit code 3."""

import json
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.home.locks import night_lock
from tests.end_to_end.children import DataTests
from tests.end_to_end.conftest import (
    NIGHT,
    YESTERDAY,
    Runner,
    copy_of,
    listed_segments,
    outbox_bytes,
    tonight_arrives,
)

REPOSITORY = Path(__file__).resolve().parents[2]


def manifest_of(home: Path) -> dict[str, dict[str, dict[str, int]]]:
    """Return tonight's manifest."""
    text = (home / "outbox" / NIGHT / "manifest.json").read_text()
    manifest: dict[str, dict[str, dict[str, int]]] = json.loads(text)
    return manifest


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the repository's dbt project, and its seeds, that a test may break."""
    shutil.copytree(
        REPOSITORY / "seeds" / "reference", tmp_path / "seeds" / "reference"
    )
    folder = tmp_path / "dbt_project"
    shutil.copytree(REPOSITORY / "dbt_project", folder)
    return folder


def test_without_tonights_consent_file_nothing_is_exported_until_it_comes(
    new_home: Callable[[], Path], run: Runner, tmp_path: Path
) -> None:
    """One that is held back is none: whose no stands in it, nobody knows."""
    home = new_home()
    ledger = home / "inbox" / "consent" / "ledger"
    for path in ledger.glob(f"{NIGHT}*"):
        shutil.move(path, tmp_path / path.name)
    missing = run(home, "run", "--date", NIGHT)

    assert missing.code == 3
    assert "Nothing is exported: the consent ledger" in missing.output
    assert set(outbox_bytes(home, NIGHT)) == {"manifest.json", "rejects.csv"}
    for waterfall in manifest_of(home)["segments"].values():
        assert sum(waterfall["excluded"].values()) == waterfall["selected"]

    # the ledger comes an hour later, and with it one that nobody can read
    for path in tmp_path.glob(f"{NIGHT}*"):
        shutil.copy(path, ledger / path.name)
    extra = ledger / f"{NIGHT}-call-centre.csv"
    extra.write_text(
        "person,channel,purpose,status,event_time\nx,email,marketing,withdrawn,now\n"
    )
    held = run(home, "run", "--date", NIGHT)

    assert held.code == 3
    assert f"consent/ledger/{NIGHT}-call-centre.csv" in held.output
    assert set(outbox_bytes(home, NIGHT)) == {"manifest.json", "rejects.csv"}

    # it comes again as it should be: the same night, run once more, goes out
    good = (ledger / f"{NIGHT}.csv").read_text(encoding="utf-8").splitlines()
    extra.unlink()
    extra.write_text("\n".join(good[:2]) + "\n", encoding="utf-8")
    assert run(home, "run", "--date", NIGHT).code == 0


PEOPLE = "select profile_id from {{ ref('profiles') }}"
# Segments that do what no segment may, and how the sentence goes on.
PLANTED = {
    "thief": (
        "{% do run_query(\"copy (select 1) to 'stolen.csv'\") %}" + PEOPLE,
        "uses `run_query`",
    ),
    "endless": (
        "with recursive r as (select 1 as i union all select i + 1 from r) "
        "select cast(i as varchar) as profile_id from r",
        "took longer than 5 seconds",
    ),
    "bomb": ("{{ 'a' * 10**10 }}" + PEOPLE, "needs too much memory"),
    "of_nobody": ("select profile_id from {{ ref('nobody') }}", "reads nobody"),
    "hooked": (PEOPLE, "sets `post_hook` in the config of its yml"),
}


def plant(project: Path) -> None:
    """Add the planted segments to a project, behind all others."""
    folder = project / "models" / "segments" / "planted"
    folder.mkdir()
    listed = "".join(f"    - seg_{name}\n" for name in PLANTED)
    settings = project / "dbt_project.yml"
    text = settings.read_text().replace("segment_seconds: 60", "segment_seconds: 5")
    text = text.replace("    - seg_prospects\n", f"    - seg_prospects\n{listed}")
    settings.write_text(text)
    for name, (sql, _) in PLANTED.items():
        hook = (
            "post_hook: copy (select 1) to 'stolen.csv', " if name == "hooked" else ""
        )
        (folder / f"seg_{name}.sql").write_text(sql)
        (folder / f"seg_{name}.yml").write_text(
            f"models: [{{name: seg_{name}, description: Planted., "
            f"config: {{{hook}meta: {{owner: crm-team}}}}, "
            "columns: [{name: profile_id, data_type: string}]}]"
        )


def test_a_broken_segment_and_a_broken_template_hold_back_only_themselves(
    new_home: Callable[[], Path],
    run: Runner,
    project: Path,
    tmp_path: Path,
    finished_home: Path,
) -> None:
    home = new_home()
    sql = project / "models/segments/behaviour/seg_cart_abandoners.sql"
    sql.write_text(sql.read_text().replace("last_changed_at", "no_such_column"))
    plant(project)
    templates = tmp_path / "templates"
    shutil.copytree(REPOSITORY / "exporters" / "templates", templates)
    (templates / "browse_abandoners" / "subject.j2").write_text("{{ frist_name }}")
    ended = run(
        home,
        "run",
        NIGHTPOST_PROJECT_DIR=str(project),
        NIGHTPOST_TEMPLATES_DIR=str(templates),
    )

    assert ended.code == 3, ended.output
    assert "seg_cart_abandoners is held back: it cannot be run: Binder" in ended.output
    for model, (_, words) in PLANTED.items():
        assert f"seg_{model} is held back: it {words}" in ended.output
    assert not list(tmp_path.rglob("stolen*")), "no segment writes a file"
    assert "frist_name" in ended.output
    tonight, healthy = outbox_bytes(home, NIGHT), outbox_bytes(finished_home, NIGHT)
    assert set(healthy) - set(tonight) == {
        *(name for name in healthy if "/cart_abandoners/" in name),
        "payloads/browse_abandoners/payloads.jsonl",
    }
    for name in sorted(name for name in tonight if name.startswith("audiences/")):
        assert tonight[name] == healthy[name]
    segments = manifest_of(home)["segments"]
    assert "cart_abandoners" not in segments
    assert segments["browse_abandoners"]["not_sent"]["template_failed"] > 0
    assert segments["browse_abandoners"]["payloads"] == 0


def test_a_bad_segment_keeps_last_nights_members_and_a_bad_file_only_its_own_rows(
    yesterday_home: Path, run: Runner, project: Path, tmp_path: Path
) -> None:
    """The segment's data test fails; the file lacks a column that its contract requires."""
    home = copy_of(yesterday_home, tmp_path / "home")
    tonight_arrives(home)
    contacts = home / "inbox" / "hubspot" / "contacts" / f"{NIGHT}.csv"
    text = contacts.read_text(encoding="utf-8")
    contacts.unlink()
    contacts.write_text(text.replace("Record ID", "RecordId", 1), encoding="utf-8")
    sql = project / "models/segments/value/seg_champions.sql"
    twice = (
        sql.read_text() + "\nunion all select profile_id from {{ ref('rfm_scores') }}\n"
    )
    sql.write_text(twice)
    ended = run(
        home, "run", data_tests=DataTests.ALL, NIGHTPOST_PROJECT_DIR=str(project)
    )

    assert ended.code == 3, ended.output
    assert "seg_champions is held back: it names" in ended.output
    assert not (home / "outbox" / NIGHT / "audiences" / "champions").exists()
    members = [
        duckdb.sql(
            f"select profile_id from '{home}/state/audiences/night={night}/*.parquet' "
            "where segment = 'champions' order by all"
        ).fetchall()
        for night in (YESTERDAY, NIGHT)
    ]
    assert members[0] == members[1] != []
    assert "hubspot/contacts" in ended.output
    assert "Record ID" in ended.output
    assert "payloads/welcome/payloads.jsonl" in outbox_bytes(home, NIGHT)


def test_a_project_that_does_not_parse_publishes_nothing(
    new_home: Callable[[], Path], run: Runner, project: Path
) -> None:
    home = new_home()
    (project / "models" / "marts" / "orders.sql").write_text("select {{ nothing")
    ended = run(home, "run", NIGHTPOST_PROJECT_DIR=str(project))

    assert ended.code == 1
    assert "does not parse" in ended.output
    assert not (home / "outbox" / "CURRENT").exists()


def test_a_second_run_at_the_same_time_ends_at_once_with_a_sentence(
    new_home: Callable[[], Path], run: Runner
) -> None:
    home = new_home()
    release = threading.Event()

    def hold() -> None:
        with night_lock(home, wait=False):
            release.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    started = time.monotonic()
    try:
        ended = run(home, "run")
    finally:
        release.set()
        holder.join()

    assert ended.code == 4
    assert "already running" in ended.output
    assert time.monotonic() - started < 30
    assert not (home / "outbox").exists()


def test_wrong_usage_is_exit_code_2_and_a_sentence(tmp_path: Path, run: Runner) -> None:
    ended = run(tmp_path / "empty", "run")

    assert ended.code == 2
    assert "There is nothing to run" in ended.output


def test_a_stale_source_stops_the_segments_that_read_it_until_it_comes(
    new_home: Callable[[], Path], run: Runner, tmp_path: Path
) -> None:
    home = new_home()
    orders = home / "inbox" / "shopify" / "orders"
    for day in ("02", "03", "04", "05"):
        for path in orders.glob(f"2026-04-{day}*"):
            shutil.move(path, tmp_path / path.name)
    ended = run(home, "run", "--date", NIGHT)

    assert ended.code == 3
    # all of them: whoever reads people reads the orders that say who is one
    told = ended.output.count("it reads shopify/orders, whose newest export")
    assert told == len(listed_segments())
    assert not any("audiences/" in name for name in outbox_bytes(home, NIGHT))

    # no audience went out, so the night is still open for what it waited for
    for path in tmp_path.glob("2026-04-*"):
        shutil.copy2(path, orders / path.name)
    assert run(home, "run", "--date", NIGHT).code == 0
