"""305 real daily drops give the published figures of UCI's Online Retail set."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.inbox import land
from orchestration.home.settings import read_settings
from tests.end_to_end.children import DataTests
from tests.end_to_end.conftest import Runner, outbox_bytes
from tests.vendors.real_data import real_file

REPOSITORY = Path(__file__).resolve().parents[2]
# The published analysis looks from 2011-12-11 at midnight: the end of the night of the 10th.
NIGHT = "2011-12-10"
PUBLISHED_GROUPS = {
    "about_to_sleep": 352,
    "at_risk": 593,
    "cannot_lose": 63,
    "champions": 633,
    "hibernating": 1071,
    "loyal_customers": 819,
    "need_attention": 187,
    "new_customers": 42,
    "potential_loyalists": 484,
    "promising": 95,
}
SHARED_TIES = {
    "about_to_sleep": 478,
    "at_risk": 357,
    "cannot_lose": 35,
    "champions": 604,
    "hibernating": 1335,
    "loyal_customers": 688,
    "need_attention": 121,
    "new_customers": 67,
    "potential_loyalists": 484,
    "promising": 170,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the 305 drops landed as they are, and a quiet day after them."""
    drops = real_file("purchases/online_retail_by_day")
    home = tmp_path_factory.mktemp("online_retail")
    contracts = read_contracts(read_settings(home).project_dir)
    for drop in sorted(drops.glob("*.csv.gz")):
        land(
            drop,
            source="online_retail",
            table="invoices",
            export_date=date.fromisoformat(drop.name[:10]),
            home=home,
            contracts=contracts,
        )
    # a night of which nothing arrived is none, and the shop was shut on that Saturday
    nothing = tmp_path_factory.mktemp("quiet") / "contacts.csv"
    nothing.write_text("Record ID,Email\n", encoding="utf-8")
    land(
        nothing,
        source="hubspot",
        table="contacts",
        export_date=date.fromisoformat(NIGHT),
        home=home,
        contracts=contracts,
    )
    return home


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the tie rule of the published analysis."""
    folder = tmp_path_factory.mktemp("ranked")
    shutil.copytree(REPOSITORY / "seeds/reference", folder / "seeds/reference")
    project = folder / "dbt_project"
    shutil.copytree(REPOSITORY / "dbt_project", project)
    settings = project / "dbt_project.yml"
    text = settings.read_text(encoding="utf-8")
    ranked = text.replace("rfm_frequency_ties: shared", "rfm_frequency_ties: ranked")
    assert ranked != text
    settings.write_text(ranked, encoding="utf-8")
    return project


@pytest.fixture(scope="module")
def night(
    home: Path, run: Runner, project: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published database of the night that the analysis was made on."""
    ended = run(
        home,
        "run",
        "--date",
        NIGHT,
        data_tests=DataTests.ALL,
        NIGHTPOST_PROJECT_DIR=str(project),
    )
    assert ended.code == 3, ended.output
    current = json.loads((home / "outbox" / "CURRENT").read_text())
    with duckdb.connect(str(home / current["database"]), read_only=True) as connection:
        yield connection


def test_every_row_of_every_drop_is_loaded(
    night: duckdb.DuckDBPyConnection,
) -> None:
    arrived = night.execute(
        "select count(*), sum(rows_loaded), sum(rows_rejected) "
        "from raw_nightpost.arrivals where source = 'online_retail'"
    ).fetchone()

    assert arrived == (305, 541_909, 0)


def test_clean_lines_customers_and_revenue_are_the_published_ones(
    night: duckdb.DuckDBPyConnection,
) -> None:
    clean = night.execute(
        """
        select count(*), count(distinct profile_id), round(sum(line_amount), 2)
        from marts.order_lines
        where profile_id is not null and quantity > 0 and unit_price > 0
        """
    ).fetchone()

    assert clean == (397_884, 4_338, Decimal("8911407.90"))


def test_the_ten_rfm_groups_are_the_published_ones(
    night: duckdb.DuckDBPyConnection,
) -> None:
    groups = night.execute(
        "select rfm_group, count(*) from marts.rfm_scores group by all"
    ).fetchall()

    assert dict(groups) == PUBLISHED_GROUPS
    assert sum(PUBLISHED_GROUPS.values()) == 4_339


def test_equal_counts_that_share_a_score_give_other_groups(
    night: duckdb.DuckDBPyConnection,
) -> None:
    """The rule where nothing is set, `rfm_frequency_ties: shared`, beside the model."""
    groups = night.execute(
        """
        with edges as (
            select quantile_cont(order_count, [0.2, 0.4, 0.6, 0.8]) as upper
            from marts.rfm_scores
        ),
        scored as (
            select recency_score,
                1 + len(list_filter(upper, lambda edge: order_count > edge)) as frequency
            from marts.rfm_scores cross join edges
        )
        select rfm_groups.rfm_group, count(*)
        from scored
        inner join reference.rfm_groups
            on recency_score between recency_from and recency_to
            and frequency between frequency_from and frequency_to
            and group_rank < 99
        group by all
        """
    ).fetchall()

    assert dict(groups) == SHARED_TIES
    assert sum(SHARED_TIES.values()) == sum(PUBLISHED_GROUPS.values())


def test_champions_are_as_recent_and_frequent_as_published(
    night: duckdb.DuckDBPyConnection,
) -> None:
    means = night.execute(
        """
        select round(avg(days_since_last_order), 2), round(avg(order_count), 2)
        from marts.rfm_scores where rfm_group = 'champions'
        """
    ).fetchone()

    assert means == (6.36, 12.42)


def test_without_addresses_nothing_is_exported_and_the_waterfall_says_why(
    home: Path, night: duckdb.DuckDBPyConnection
) -> None:
    manifest = json.loads((home / "outbox" / NIGHT / "manifest.json").read_text())
    champions = manifest["segments"]["champions"]

    assert champions["selected"] == PUBLISHED_GROUPS["champions"]
    assert champions["excluded"] == {"no_email": PUBLISHED_GROUPS["champions"]}
    assert champions["audience"] == champions["payloads"] == 0


def test_a_drop_that_lands_twice_changes_nothing(
    home: Path,
    night: duckdb.DuckDBPyConnection,
    new_name: Callable[[str], Path],
    run: Runner,
    project: Path,
) -> None:
    before = outbox_bytes(home, NIGHT)
    for day in ("2010-12-01", "2011-12-09"):
        new_name(day)
    ended = run(home, "run", "--date", NIGHT, NIGHTPOST_PROJECT_DIR=str(project))

    assert ended.code == 3, ended.output
    assert outbox_bytes(home, NIGHT) == before


@pytest.fixture
def new_name(home: Path) -> Callable[[str], Path]:
    """Land a drop once more, under another name."""

    def land_again(day: str) -> Path:
        inbox = home / "inbox" / "online_retail" / "invoices"
        copy = inbox / f"{day}-again.csv.gz"
        copy.write_bytes((inbox / f"{day}.csv.gz").read_bytes())
        return copy

    return land_again
