"""The send plan's SQL against an oracle: random rules, people, clocks, merges and splits.

The models run as dbt compiles them, night after night over what the nights before wrote.
"""

import random
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from orchestration.home.sends_state import COLUMNS
from orchestration.home.tables import handed
from orchestration.identity.people.people_tables import SUCCESSIONS
from tests.dbt.contact_oracle import (
    ASKED,
    Mail,
    Person,
    Rules,
    awake,
    next_chance,
    reasons,
)

PEOPLE, NIGHTS = 1_300, 8
SEGMENTS = ("vip", "cart", "browse", "welcome", "bill")
ZONES = (
    "Europe/London", "America/New_York", "Asia/Tokyo", "Pacific/Chatham",
    "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca",
)  # fmt: skip
# The clocks change in Europe, in America, in Australia.
STARTS = (date(2026, 3, 25), date(2026, 3, 4), date(2026, 10, 21), date(2026, 4, 1))
MODELS = (
    ("intermediate", "int_sends_attributed"), ("marts", "sends"),
    ("activation", "act_mail_rules"), ("activation", "act_mail_candidates"),
    ("activation", "act_mails_held"), ("activation", "act_mail_winners"),
    ("activation", "act_next_chances"), ("activation", "act_send_plan"),
)  # fmt: skip
TABLES = {
    "clock.run_context": "as_of_date date, as_of_at timestamp, message_key varchar",
    "staging.stg_nightpost__sends": ", ".join(f"{a} {b}" for a, b in COLUMNS.items()),
    "staging.stg_people__aliases": "old_profile_id varchar, profile_id varchar",
    "staging.stg_people__successions": "night date, former_profile_id varchar, profile_id varchar",
    "intermediate.int_identities_resolved": "identifier varchar, profile_id varchar",
    "intermediate.int_email_events_unioned": "nightpost_message_id varchar, event_name varchar, event_at timestamp",
    "marts.mail_templates": "segment varchar, template varchar",
    "marts.preferences": "profile_id varchar, preference varchar, preference_value varchar",
    "marts.send_hours": "profile_id varchar, next_send_at timestamp",
    "marts.profile_time_zones": "profile_id varchar, time_zone varchar",
    "marts.personalisation_refusals": "profile_id varchar",
    "marts.lifecycle_stages": "profile_id varchar, lifecycle_stage varchar",
    "activation.act_segments": "segment varchar, priority integer, has_mail boolean",
    "activation.act_eligibility": "membership_id varchar, segment varchar, profile_id varchar, exclusion_reason varchar",
    "reference.contact_rules": "segment varchar, kind varchar, channel varchar, gap_hours bigint, is_once_only boolean",
    "reference.template_gaps": "template varchar, gap_hours bigint",
    "reference.contact_caps": "kind varchar, channel varchar, mail_count bigint, hours bigint",
    "reference.quiet_hours": "kind varchar, channel varchar, quiet_from varchar, quiet_until varchar",
    "reference.declared_frequencies": "preference varchar, frequency varchar, mail_count bigint, hours bigint",
    "reference.segment_priorities": "segment varchar, lifecycle_stage varchar, priority integer",
}
WANTS = {"daily": (1, 24), "weekly": (1, 168), "two": (2, 72)}


class House:
    """People who merge and part, what they were written, and the tables that say so."""

    def __init__(self, seed: int, compiled: dict[str, str]) -> None:
        self.dice = random.Random(seed)
        self.compiled = compiled
        self.database = duckdb.connect()
        self.database.execute("attach ':memory:' as nightpost; use nightpost")
        self.database.execute("set timezone = 'UTC'")
        for table, columns in {
            **TABLES,
            "people.changes": "night date, profile_id varchar, event varchar, other_profile_id varchar",
            "people.successions": "night date, former_profile_id varchar, profile_id varchar",
        }.items():
            self.database.execute(
                f"create schema if not exists {table.partition('.')[0]}"
            )
            self.database.execute(f"create table {table} ({columns})")
        self.past: dict[str, dict[str, Mail]] = {f"p{n}": {} for n in range(PEOPLE)}
        self.heirs: dict[str, str] = {}
        self.rules = self.random_rules()

    def random_rules(self) -> Rules:
        dice = self.dice
        clocks = [
            time(21),
            time(8),
            time(23),
            time(0),
            time(1, 30),
            time(2, 30),
            time(12),
        ]
        return Rules(
            kinds={**{one: dice.choice(["marketing", "reminder"]) for one in SEGMENTS},
                   "bill": "service"},
            templates={one: dice.choice([one, "default"]) for one in SEGMENTS},
            gaps={one: dice.choice([0, 24, 48, 72]) for one in SEGMENTS},
            once=frozenset(one for one in SEGMENTS if dice.random() < 0.2),
            template_gaps={one: dice.choice([0, 24, 48]) for one in (*SEGMENTS, "default")},
            caps=(("any", dice.choice([1, 2]), 24), ("marketing", 2, 72), ("reminder", 1, 48)),
            quiet={
                kind: (dice.choice(clocks), dice.choice(clocks))
                for kind in ("marketing", "reminder") if dice.random() < 0.9
            },
        )  # fmt: skip

    def fill(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        self.database.execute(f"delete from {table}")
        if rows:
            columns = {
                str(at): list(one) for at, one in enumerate(zip(*rows, strict=True))
            }
            with handed(self.database, rows=pa.table(columns)):
                self.database.execute(f"insert into {table} select * from rows")

    def write_rules(self) -> None:
        rules = self.rules
        self.fill(
            "activation.act_segments",
            [(one, place, True) for place, one in enumerate(SEGMENTS, 1)],
        )
        self.fill("marts.mail_templates", list(rules.templates.items()))
        self.fill(
            "reference.contact_rules",
            [
                (one, rules.kinds[one], "email", rules.gaps[one], one in rules.once)
                for one in SEGMENTS
            ],
        )
        self.fill("reference.template_gaps", list(rules.template_gaps.items()))
        self.fill(
            "reference.contact_caps",
            [(kind, "email", most, hours) for kind, most, hours in rules.caps],
        )
        self.fill(
            "reference.quiet_hours",
            [
                (kind, "email", f"{a:%H:%M}", f"{b:%H:%M}")
                for kind, (a, b) in rules.quiet.items()
            ],
        )
        self.fill(
            "reference.declared_frequencies",
            [("^frequency$", f"^{word}$", *wants) for word, wants in WANTS.items()],
        )
        self.fill("reference.segment_priorities", [("welcome", "loyal", 0)])  # fmt: skip

    def people_change(self, night: date) -> None:
        """Let some merge and some part, before the night writes to anybody."""
        here, busy = sorted(self.past), set[str]()
        for _ in range(PEOPLE // 40):
            one, other = self.dice.sample(here, 2)
            # within a night nothing comes first, so nobody takes part in two changes
            if {one, other} & busy:
                continue
            busy |= {one, other}
            if self.dice.random() < 0.5:
                self.past[one] |= self.past.pop(other)
                self.heirs[other] = one
                event = (night, other, "merged", one)
            else:
                born = f"{one}_{night:%m%d}_{len(self.past)}"
                self.past[born] = dict(self.past[one])
                event = (night, born, "split", one)
            self.database.execute(
                "insert into people.changes values (?, ?, ?, ?)", event
            )
        self.database.execute("delete from people.successions")
        self.database.execute(SUCCESSIONS)
        self.database.execute(
            "create or replace table staging.stg_people__successions as from people.successions"
        )
        aliases = []
        for old in self.heirs:
            now = old
            while now in self.heirs:
                now = self.heirs[now]
            aliases.append((old, now))
        self.fill("staging.stg_people__aliases", aliases)
        self.fill("intermediate.int_identities_resolved", [
            (f"crm:{one}", one) for one in self.past])  # fmt: skip

    def write_night(self, night: date) -> tuple[dict[str, Any], ...]:
        """Write tonight's people; return zones, wishes, hours, stages and memberships."""
        dice, here = self.dice, sorted(self.past)
        as_of = datetime.combine(night, time(23))
        zones = {one: dice.choice(ZONES) for one in here}
        wishes = {one: dice.choice(list(WANTS)) for one in here if dice.random() < 0.2}
        hours = {
            one: as_of + timedelta(hours=dice.choice([6, 9, 10, 10, 10, 23, 29]),
                                   seconds=dice.choice([0, 0, 0, 1, -1]))
            for one in here
        }  # fmt: skip
        stages = {one: dice.choice(["loyal", "new"]) for one in here}
        members = {
            one: [segment for segment in SEGMENTS if dice.random() < 0.5]
            for one in here
        }
        self.fill("clock.run_context", [(night, as_of, "key")])
        self.fill("marts.profile_time_zones", list(zones.items()))
        self.fill("marts.preferences", [(a, "frequency", b) for a, b in wishes.items()])
        self.fill("marts.send_hours", list(hours.items()))
        self.fill("marts.lifecycle_stages", list(stages.items()))
        self.fill("activation.act_eligibility", [
            (f"{segment}/{one}", segment, one, None)
            for one, found in members.items() for segment in found])  # fmt: skip
        return zones, wishes, hours, stages, members

    def run_models(self) -> dict[str, dict[str, Any]]:
        for schema, model in MODELS:
            self.database.execute(
                f"create or replace table {schema}.{model} as {self.compiled[model]}"
            )
        found = self.database.execute(
            "select membership_id, is_planned, send_at, loss_reason, beaten_by, "
            "next_possible_at, message_id from activation.act_send_plan"
        )
        names = [column[0] for column in found.description or []]
        return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}

    def remember(self, night: date) -> None:
        self.database.execute(
            "insert into staging.stg_nightpost__sends by name select ? as night, "
            "message_id, profile_id, segment, kind, channel, template, variant, send_at "
            "from activation.act_mail_winners",
            [night],
        )


def assert_night_is_right(house: House, night: date) -> int:
    """Compare every row of tonight's plan with the oracle's; return how many."""
    zones, wishes, hours, stages, members = house.write_night(night)
    plan = house.run_models()
    rules, count = house.rules, 0
    for who, segments in members.items():
        past = tuple(house.past[who].values())
        person = Person(zones[who], WANTS.get(wishes.get(who, "")), past)
        mails, held = {}, {}
        for segment in segments:
            kind = rules.kinds[segment]
            at = awake(rules, person, kind, hours[who])
            mail = Mail("", segment, kind, rules.templates[segment], at or hours[who])
            mails[segment] = mail
            found = set(reasons(rules, person, mail)) if at else {"quiet_hours"}
            held[segment] = next((one for one in ASKED if one in found), None)
        place = {one: number for number, one in enumerate(SEGMENTS)}
        if stages[who] == "loyal":
            place["welcome"] = -1
        free = [one for one in segments if not held[one]]
        winner = min(free, key=place.__getitem__, default=None)
        told = {one: plan[f"{one}/{who}"] for one in segments}
        if winner:
            sent = replace(mails[winner], message=told[winner]["message_id"])
            assert told[winner]["is_planned"], (night, who, winner, told)
            assert told[winner]["send_at"] == sent.at
            house.past[who][sent.message] = sent
            person = replace(person, past=(*past, sent))
        for segment in segments:
            if segment == winner:
                continue
            row = told[segment]
            chance = next_chance(rules, person, mails[segment], hours[who])
            expected = (False, held[segment] or "lower_priority", winner, chance)
            assert (
                row["is_planned"], row["loss_reason"], row["beaten_by"],
                row["next_possible_at"],
            ) == expected, (night, who, segment, rules, person)  # fmt: skip
            count += 1
    house.remember(night)
    return count


@pytest.mark.parametrize("seed", range(4))
def test_every_plan_is_what_brute_force_says(
    seed: int, compiled_sql: dict[str, str]
) -> None:
    house = House(seed, compiled_sql)
    house.write_rules()
    losers = 0
    for number in range(NIGHTS):
        night = STARTS[seed] + timedelta(days=number)
        house.people_change(night)
        losers += assert_night_is_right(house, night)

    assert losers > PEOPLE, "too few mails were held back for this to prove anything"
