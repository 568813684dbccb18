"""What is not well with a night is red at the part that it is about, and says why."""

from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.arrivals.contracts import read_contracts
from orchestration.assets.dbt_stages import stage_events
from orchestration.assets.exports import NOTHING_HELD, NOTHING_SAID, outbox_checks
from orchestration.assets.freshness import freshness_results
from orchestration.building.dbt import Project
from orchestration.building.stages import HeldSegment, StageOutcome
from orchestration.home.notes import Notice
from orchestration.home.settings import Settings
from tests.conftest import PROJECT

HELD = Notice("held_segment", "seg_x is held back.", 1, "nightpost preview seg_x")
UNLISTED = Notice(
    "segment_not_listed", "seg_y has no place.", 1, "nightpost preview seg_y"
)
EXCLUDED = Notice("people_excluded", "3 may not be written to.", 3, "nightpost preview")


@pytest.mark.parametrize(
    ("notices", "red"),
    [
        ([], set()),
        ([EXCLUDED], set()),
        ([HELD, EXCLUDED], {NOTHING_HELD}),
        ([UNLISTED], {NOTHING_SAID}),
        ([HELD, UNLISTED], {NOTHING_HELD, NOTHING_SAID}),
    ],
)
def test_the_outbox_is_red_where_something_is_held_back_or_to_be_looked_at(
    notices: list[Notice], red: set[str]
) -> None:
    checks = {one.check_name: one for one in outbox_checks(notices)}

    assert {name for name, one in checks.items() if not one.passed} == red
    if NOTHING_HELD in red:
        assert checks[NOTHING_HELD].severity == dg.AssetCheckSeverity.ERROR
        assert checks[NOTHING_HELD].description == HELD.sentence
    if NOTHING_SAID in red:
        assert "seg_y has no place." in str(checks[NOTHING_SAID].description)


def test_a_stale_source_is_red_itself_and_no_check_of_its_segments(
    tmp_path: Path,
) -> None:
    settings = Settings(tmp_path, PROJECT, tmp_path)
    settings.warehouse.parent.mkdir()
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(
            """
            create schema staging;
            create table staging.stg_nightpost__sources as select * from (values
                ('shopify', 'orders', date '2026-04-01', 2, false, false),
                ('hubspot', 'contacts', date '2026-04-05', 2, true, false),
                ('ga4', 'events', null, 2, false, false),
                ('consent', 'ledger', null, 0, false, true)
            ) as t (
                source, table_name, newest_export_date, max_age_days, is_fresh,
                is_consent_source
            )
            """
        )
    contracts = read_contracts(PROJECT)
    results = list(freshness_results(settings, contracts, date(2026, 4, 5)))

    assert len(results) == len(contracts), "each source has its check"
    red = {
        one.asset_key.path[0]: one
        for one in results
        if one.asset_key and not one.passed
    }
    assert set(red) == {"shopify", "consent"}
    assert "shopify/orders is not fresh" in str(red["shopify"].metadata["reason"].value)

    key = dg.AssetCheckKey(
        dg.AssetKey(["segments", "seg_x"]), "unique_seg_x_profile_id"
    )
    for is_stale, told in ((True, 0), (False, 1)):
        held = HeldSegment("seg_x", "seg_x is held back.", is_stale)
        events = stage_events(
            Project(None, {"nodes": {}}),  # type: ignore[arg-type]
            StageOutcome((), (held,)),
            {key.name: key},
            {},
        )
        assert len(list(events)) == told
