"""A stale source stops the segments that read it, where its contract says so."""

from datetime import date
from typing import Any

import duckdb

from orchestration.building.dbt import Project
from orchestration.building.freshness import StaleSource, stale_segments, stale_sources

ORDERS = StaleSource("shopify", "orders", date(2026, 4, 1), 3)
SEGMENT = {"fqn": ["nightpost", "segments", "value", "seg_vip"]}
PLAIN = {
    "nodes": {
        "model.nightpost.seg_vip": SEGMENT,
        "model.nightpost.seg_other": {**SEGMENT},
        "model.nightpost.orders": {"fqn": ["nightpost", "marts", "orders"]},
        # a test of a segment stands in its folder, and is no segment
        "test.nightpost.unique_seg_vip": {**SEGMENT},
    },
    "child_map": {
        "source.nightpost.shopify.orders": ["model.nightpost.stg_shopify__orders"],
        "model.nightpost.stg_shopify__orders": ["model.nightpost.orders"],
        "model.nightpost.orders": ["model.nightpost.seg_vip", "test.nightpost.x"],
        "model.nightpost.seg_vip": ["test.nightpost.unique_seg_vip"],
        "source.nightpost.ga4.events": ["model.nightpost.seg_other"],
    },
}


def project() -> Project:
    manifest: Any = None
    return Project(manifest, PLAIN)


def test_every_segment_downstream_is_held_with_the_reason() -> None:
    (held,) = stale_segments(project(), [ORDERS])

    assert held.model == "seg_vip"
    assert "reads shopify/orders, whose newest export is of 2026-04-01" in held.reason
    assert "Land a newer shopify/orders" in held.reason


def test_nothing_stale_holds_nothing() -> None:
    assert stale_segments(project(), []) == ()


def test_only_a_stale_source_that_came_and_whose_contract_holds_counts() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema staging;
            create table staging.stg_nightpost__sources as from (values
                ('shopify', 'orders', 'hold', false, date '2026-04-01', 3),
                ('shopify', 'products', 'serve', false, date '2026-04-01', 3),
                ('ga4', 'events', 'hold', true, date '2026-04-05', 3),
                ('hubspot', 'contacts', 'hold', false, null, 3)
            ) v(source, table_name, when_stale, is_fresh, newest_export_date, max_age_days)
            """
        )
        assert stale_sources(connection) == [ORDERS]
