"""The same exports, delivered differently, give the same audiences.

Where a variation delivers the very same rows, the whole outbox is the same to the byte,
its run's id included. Where rows come more than once or are written otherwise, the manifest says so;
audiences and payloads are the same. Where a night went out before they came, members are.
"""

import json
import shutil
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.loads import load_arrivals
from seeds.demo import generate
from tests.end_to_end import deliveries
from tests.end_to_end.children import DataTests
from tests.end_to_end.conftest import (
    FED_BY_THE_DEMO,
    LAST_NIGHT,
    Runner,
    listed_segments,
    outbox_bytes,
)

NIGHT = LAST_NIGHT.isoformat()
YESTERDAY = (LAST_NIGHT - timedelta(days=1)).isoformat()
REPOSITORY = Path(__file__).resolve().parents[2]
PEOPLE, DAYS, SEED = 400, 12, 7
LATE_DAYS = {LAST_NIGHT - timedelta(days=back) for back in range(4, 9)}

FACTS = (
    # a birth date that nobody can read is kept as it was written
    "(select * exclude (birth_date_text) from intermediate.int_contacts_unioned)",
    "marts.orders",
    "marts.order_lines",
    "marts.products",
)

NewHome = Callable[[], Path]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An inbox of the demo: 400 people and 12 days, so that five may come late."""
    folder = tmp_path_factory.mktemp("exports")
    generate(
        folder / "inbox", folder / "truth", people=PEOPLE, days=DAYS, seed=SEED,
        last_day=LAST_NIGHT,
    )  # fmt: skip
    return folder / "inbox"


@pytest.fixture(scope="module")
def home_of(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> NewHome:
    """Make a home with these exports and nothing else."""

    def make() -> Path:
        home = tmp_path_factory.mktemp("home")
        shutil.copytree(exports, home / "inbox")
        return home

    return make


@pytest.fixture(scope="module")
def plain_home(home_of: NewHome, run: Runner) -> Path:
    """A home on which the newest night was run on these exports as they are."""
    home = home_of()
    night_of(home, run)
    return home


@pytest.fixture(scope="module")
def plain(plain_home: Path) -> dict[str, bytes]:
    """The outbox of that night."""
    outbox = outbox_bytes(plain_home, NIGHT)
    members = members_of(outbox)
    fed = {f"audiences/{segment}/members.csv" for segment in FED_BY_THE_DEMO}
    assert {Path(name).parent.name for name in members} == listed_segments()
    assert all(len(members[name].splitlines()) > 1 for name in fed & set(members))
    return outbox


def night_of(
    home: Path, run: Runner, night: str = NIGHT, **options: Any
) -> dict[str, bytes]:
    """Run a night of ``home``, with nothing held back, and return its outbox."""
    ended = run(home, "run", "--date", night, **options)
    assert ended.code == 0, ended.output
    return outbox_bytes(home, night)


def what_leaves(outbox: dict[str, bytes]) -> dict[str, bytes]:
    """Return the audiences and payloads of an outbox."""
    return {
        name: body
        for name, body in outbox.items()
        if name.startswith(("audiences/", "payloads/"))
    }


def members_of(outbox: dict[str, bytes]) -> dict[str, bytes]:
    """Return who is in each audience of an outbox."""
    return {n: body for n, body in outbox.items() if n.endswith("/members.csv")}


def without_ids(members: dict[str, bytes]) -> dict[str, bytes]:
    """Return the rows of each audience without the `profile_id` that begins them, sorted."""
    return {
        name: b"\n".join(sorted(row.partition(b",")[2] for row in body.splitlines()))
        for name, body in members.items()
    }


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Return the names of the files that are not the same in both."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def rows_of(home: Path, table: str) -> list[tuple[object, ...]]:
    """Return the rows of a table of the published night."""
    current = json.loads((home / "outbox" / "CURRENT").read_text())
    with duckdb.connect(str(home / current["database"]), read_only=True) as connection:
        return connection.execute(f"from {table} order by all").fetchall()


def test_order_of_rows_and_days_line_ends_gzip_zone_threads_and_umask_change_no_byte(
    plain: dict[str, bytes], home_of: NewHome, run: Runner, tmp_path: Path
) -> None:
    """Rows of one order or product may stand apart, its own fields on any of them.

    Staging finds an order's own row by its `Financial Status`, and a product's title and
    status on whichever row has them.
    """
    home = home_of()
    deliveries.shuffle_rows(home / "inbox")
    deliveries.wrap_otherwise(home / "inbox")
    days_come_late(home, tmp_path)
    ended = run(home, "run", umask=0, TZ="Pacific/Auckland", NIGHTPOST_THREADS="1")

    assert ended.code == 0, ended.output
    assert differing(outbox_bytes(home, NIGHT), plain) == []
    inbox = home / "inbox"
    made = [path for path in home.rglob("*") if not path.is_relative_to(inbox)]
    assert not [
        path.relative_to(home)
        for path in made
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]


@pytest.mark.one_by_one
def test_order_of_rows_line_ends_gzip_zone_threads_and_umask_change_no_byte(
    plain: dict[str, bytes], home_of: NewHome, run: Runner
) -> None:
    home = home_of()
    deliveries.shuffle_rows(home / "inbox")
    deliveries.wrap_otherwise(home / "inbox")
    ended = run(home, "run", umask=0, TZ="Pacific/Auckland", NIGHTPOST_THREADS="1")

    assert ended.code == 0, ended.output
    assert differing(outbox_bytes(home, NIGHT), plain) == []


@pytest.mark.one_by_one
def test_days_that_arrive_after_younger_ones_change_no_byte(
    plain: dict[str, bytes], home_of: NewHome, run: Runner, tmp_path: Path
) -> None:
    home = home_of()
    days_come_late(home, tmp_path)
    outbox = night_of(home, run)

    assert differing(outbox, plain) == []


def days_come_late(home: Path, waiting: Path) -> None:
    """Load all but a few days, which arrive after the younger ones."""
    tables = deliveries.tables_of(home / "inbox")
    count = deliveries.set_aside(home / "inbox", LATE_DAYS, waiting)
    assert count >= len(LATE_DAYS) * len(tables)
    report = load_arrivals(home, read_contracts(REPOSITORY / "dbt_project"), ())
    assert report.loaded and not report.held
    shutil.copytree(waiting, home / "inbox", dirs_exist_ok=True)


def test_files_in_parts_and_delivered_twice_change_no_audience_and_no_mail(
    plain: dict[str, bytes], home_of: NewHome, run: Runner
) -> None:
    """An order stays in one part: its rows in two files would be two exports of it.

    A snapshot's parts arrive together and are one. Where a part holds no more than a
    file of the day before said, it is a repeat, so fewer rows are loaded.
    """
    home = home_of()
    deliveries.split(home / "inbox")
    deliveries.deliver_twice(home / "inbox", LAST_NIGHT)
    outbox = night_of(home, run, data_tests=DataTests.ALL)

    assert differing(what_leaves(outbox), what_leaves(plain)) == []


def test_rows_that_come_again_in_other_files_change_no_audience_and_no_mail(
    plain: dict[str, bytes], home_of: NewHome, run: Runner
) -> None:
    home = home_of()
    deliveries.overlap(home / "inbox")
    outbox = night_of(home, run, data_tests=DataTests.ALL)

    assert differing(what_leaves(outbox), what_leaves(plain)) == []


def test_days_that_arrive_after_a_night_went_out_change_no_members(
    plain: dict[str, bytes], home_of: NewHome, run: Runner, tmp_path: Path
) -> None:
    """Who entered and left is another matter: that night knew less.

    So are ids: who is known by one identifier first keeps the id of that one.
    Consents are not late here: a night that misses a day of them exports nothing.
    """
    home = home_of()
    late = deliveries.tables_of(home / "inbox") - {"consent/ledger"}
    deliveries.set_aside(home / "inbox", LATE_DAYS, tmp_path, late)
    night_of(home, run, YESTERDAY)
    shutil.copytree(tmp_path, home / "inbox", dirs_exist_ok=True)
    outbox = night_of(home, run)

    assert members_of(outbox)
    assert (
        differing(without_ids(members_of(outbox)), without_ids(members_of(plain))) == []
    )


def test_other_dialects_and_time_zones_by_contract_change_no_audience_and_no_mail(
    plain: dict[str, bytes],
    plain_home: Path,
    home_of: NewHome,
    run: Runner,
    tmp_path: Path,
) -> None:
    """Semicolons, decimal commas, days first, UTF-16, and New York's clock.

    No segment asks when the CRM made a contact, so the facts are compared as well.
    """
    home, there = home_of(), "America/New_York"
    reference = tmp_path / "seeds" / "reference"
    shutil.copytree(REPOSITORY / "seeds" / "reference", reference)
    project = tmp_path / "dbt_project"
    shutil.copytree(REPOSITORY / "dbt_project", project)
    written = {"delimiter": ";", "decimal": ",", "date_order": "dmy"}
    change = deliveries.continental("Europe/London", there)
    tables = deliveries.tables_of(home / "inbox")
    shop = {table for table in tables if table.startswith("shopify/")}
    deliveries.promise(project, "shopify", written)
    deliveries.rewrite_csv(home / "inbox", shop, change)
    crm = {"encoding": "utf-16", "time_zone": there}
    deliveries.promise(project, "hubspot", written | crm)
    deliveries.rewrite_csv(
        home / "inbox", {"hubspot/contacts"}, change, encoding=crm["encoding"]
    )
    outbox = night_of(home, run, NIGHTPOST_PROJECT_DIR=str(project))

    assert differing(what_leaves(outbox), what_leaves(plain)) == []
    for table in FACTS:
        assert rows_of(home, table) == rows_of(plain_home, table), table
