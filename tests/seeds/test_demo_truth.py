"""The truth agrees with what the exports say, and every planted case is there."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from seeds.demo.words import HOSTILE_NAMES

from .conftest import LAST_DAY, Demo

BARRING = {"unsubscribe", "spamreport"}
NIGHTS = [(LAST_DAY - timedelta(days=back)).isoformat() for back in (2, 1, 0)]


def barred_addresses(demo: Demo, night: str) -> set[str]:
    return {
        event["email"]
        for drop, batch in demo.lines("sendgrid/events")
        for event in batch
        if drop <= night
        and (event["event"] in BARRING or event.get("type") == "bounce")
    }


def agreeing_addresses(demo: Demo, night: str) -> set[str]:
    events = defaultdict(list)
    for drop, row in demo.rows("consent/ledger"):
        if drop <= night and (row["channel"], row["purpose"]) == ("email", "marketing"):
            at = datetime.fromisoformat(row["event_time"])
            events[row["subject"].strip().lower()].append(
                (at, row["status"] == "withdrawn", row)
            )
    last = {
        email: max(found, key=lambda e: e[:2])[2] for email, found in events.items()
    }
    return {
        email
        for email, row in last.items()
        if row["status"] == "granted"
        and (row["jurisdiction"] not in {"DE", "AT"} or row["double_opt_in_time"])
    }


@pytest.mark.parametrize("night", NIGHTS)
def test_permitted_addresses_follow_from_the_exports_alone(
    demo: Demo, night: str
) -> None:
    permitted = demo.truth("permitted")
    mine = permitted[permitted["night"].astype(str) == night]["email"]

    assert len(mine) > 200
    assert set(mine) == agreeing_addresses(demo, night) - barred_addresses(demo, night)


def test_orders_end_as_their_last_export_says(demo: Demo) -> None:
    last = {row["Name"]: row for _, row in demo.rows("shopify/orders") if row["Id"]}
    orders = demo.truth("orders").set_index("order_name")

    assert set(last) == set(orders.index)
    for name, row in last.items():
        true = orders.loc[name]
        assert row["Financial Status"] == true["financial_status"]
        assert Decimal(row["Total"]) == true["total"]
        assert Decimal(row["Refunded Amount"]) == true["refunded"]
        assert bool(row["Cancelled at"]) == pd.notna(true["cancelled_at"])
        assert row["Email"].lower() == true["email"]
        created = pd.Timestamp(row["Created at"])
        assert created == true["ordered_at"]


def test_nothing_comes_from_cancelled_or_fully_refunded_orders(demo: Demo) -> None:
    orders = demo.truth("orders")
    void = orders[
        orders["cancelled_at"].notna() | (orders["refunded"] == orders["total"])
    ]
    part = orders[orders["financial_status"] == "partially_refunded"]

    assert len(void) > 5
    assert len(part) > 2
    assert (void["net"] == 0).all()
    assert (part["net"] + part["refunded"] == part["total"]).all()


def test_two_orders_come_from_the_future(demo: Demo) -> None:
    orders = demo.truth("orders")
    future = orders[orders["is_in_future"]]
    dates = {row["Created at"][:4] for _, row in demo.rows("shopify/orders")}

    assert len(future) == 2
    assert max(dates) >= "2026"
    assert (future["ordered_at"].dt.date > LAST_DAY).all()


def test_every_record_of_the_exports_has_an_owner_in_the_truth(demo: Demo) -> None:
    records = demo.truth("records")
    keys = {name: set(part["record_key"]) for name, part in records.groupby("source")}
    contacts = {row["Record ID"] for _, row in demo.rows("hubspot/contacts")}
    customers = {row["Customer ID"][1:] for _, row in demo.rows("shopify/customers")}
    emails = {row["Email"].strip().lower() for _, row in demo.rows("shopify/orders")}
    emails |= {row["Email"].strip().lower() for _, row in demo.rows("hubspot/contacts")}
    devices = {event["user_pseudo_id"] for _, event in demo.lines("ga4/events")}

    assert contacts == keys["hubspot"]
    assert customers == keys["shopify_customer"]
    assert emails - {""} <= keys["email"]
    assert devices == keys["ga4_device"]


def test_machine_opens_are_marked_and_follow_delivery_at_once(demo: Demo) -> None:
    events = [event for _, batch in demo.lines("sendgrid/events") for event in batch]
    opens = {e["sg_event_id"]: e for e in events if e["event"] == "open"}
    machine, human = (
        set(demo.truth(name)["sg_event_id"])
        for name in ("machine_opens", "human_opens")
    )
    sent = {e["sg_message_id"]: e for e in events if e["event"] == "processed"}

    assert machine
    assert machine | human == set(opens)
    for number in machine:
        event = opens[number]
        waited = event["timestamp"] - sent[event["sg_message_id"]]["timestamp"]
        assert event["sg_machine_open"] is True
        assert waited < 30
    assert not any(opens[number]["sg_machine_open"] for number in human)


def test_bots_are_fast_or_say_what_they_are(demo: Demo) -> None:
    bots = demo.truth("bots")
    times: dict[str, list[int]] = defaultdict(list)
    browsers: dict[str, set[str]] = defaultdict(set)
    for _, event in demo.lines("ga4/events"):
        device = event["user_pseudo_id"]
        browsers[device].add(event["device"]["web_info"]["browser"].lower())
        if event["event_name"] == "page_view":
            times[device].append(int(event["event_timestamp"]))

    assert bots["logged_in_as"].notna().sum() >= 2
    for bot in bots.itertuples():
        if bot.kind == "declared":
            assert all(
                "bot" in b or "headless" in b for b in browsers[bot.user_pseudo_id]
            )
        else:
            assert pages_in_half_a_minute(times[bot.user_pseudo_id]) >= 100


def pages_in_half_a_minute(times: list[int]) -> int:
    best, left, ordered = 0, 0, sorted(times)
    for right, at in enumerate(ordered):
        while at - ordered[left] > 30_000_000:
            left += 1
        best = max(best, right - left + 1)
    return best


def test_grants_arrive_after_the_later_withdrawal_and_share_seconds(demo: Demo) -> None:
    consents = demo.truth("consents").query("purpose == 'marketing'")
    pairs = consents[consents["status"] == "granted"].merge(
        consents[consents["status"] == "withdrawn"], on=["email", "channel"]
    )

    late = pairs[
        (pairs["event_at_x"] < pairs["event_at_y"])
        & (pairs["arrived_on_x"] > pairs["arrived_on_y"])
    ]
    ties = pairs[pairs["event_at_x"] == pairs["event_at_y"]]
    assert len(late) >= 3
    assert len(ties) >= 2


def test_planted_people_are_there(demo: Demo) -> None:
    people = demo.truth("people")
    kinds = people.explode("kinds").groupby("kinds")
    names = set(zip(people["first_name"], people["last_name"], strict=True))

    assert set(HOSTILE_NAMES) <= names
    assert kinds.size()["shared_mailbox"] == 7
    assert kinds.get_group("shared_mailbox")["emails"].str[0].nunique() == 1
    assert kinds.get_group("household")["phone"].nunique() == 1
    twins = kinds.get_group("twin")
    assert (twins.groupby(["last_name", "birth_date"]).size() == 2).all()
    assert twins["first_name"].nunique() > 1


def test_hostile_names_reach_the_exports_unharmed(demo: Demo) -> None:
    people = demo.truth("people").explode("kinds").query("kinds == 'hostile_name'")
    contacts = {
        (row["First Name"], row["Last Name"])
        for _, row in demo.rows("hubspot/contacts")
    }
    permitted = set(demo.truth("permitted")["email"])

    assert set(HOSTILE_NAMES) <= contacts
    assert len(permitted & set(people["emails"].str[0])) > 15


def test_both_hours_of_a_clock_change_hold_orders(demo: Demo) -> None:
    created = {row["Created at"] for _, row in demo.rows("shopify/orders")}

    assert any(
        at.startswith("2026-03-29 00:") and at.endswith("+0000") for at in created
    )
    assert any(
        at.startswith("2026-03-29 02:") and at.endswith("+0100") for at in created
    )
    autumn = {at[-5:] for at in created if at.startswith("2025-10-26 01:")}
    assert autumn == {"+0000", "+0100"}


def test_late_and_repeated_deliveries_are_in_the_truth(demo: Demo) -> None:
    deliveries = demo.truth("deliveries")
    found: dict[Any, int] = deliveries.groupby(["kind", "table"]).size().to_dict()
    seen: dict[str, set[str]] = defaultdict(set)
    for drop, batch in demo.lines("sendgrid/events"):
        for event in batch:
            seen[event["sg_event_id"]].add(drop)

    assert {kind for kind, _ in found} == {"late", "repeated", "repeated_file"}
    twice = {number for number, drops in seen.items() if len(drops) > 1}
    mine = deliveries.query("kind == 'repeated' and table == 'sendgrid/events'")
    assert twice == set(mine["record_key"])


def test_a_person_appears_in_two_time_zones(demo: Demo) -> None:
    people = demo.truth("people").explode("kinds").query("kinds == 'two_time_zones'")
    records = demo.truth("records").query("source == 'ga4_device'")
    owner = records.set_index("record_key")["person_id"].to_dict()
    countries: dict[str, set[str]] = defaultdict(set)
    for _, event in demo.lines("ga4/events"):
        person = owner[event["user_pseudo_id"]]
        countries[str(person)].add(event["geo"]["country"])

    assert any(len(countries[person]) == 2 for person in people["person_id"])
