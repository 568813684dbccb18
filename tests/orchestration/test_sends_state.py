"""Whom a night wrote to, kept for the nights after: once sent, always the same."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.home.sends_state import (
    SendsDoNotAddUpError,
    write_no_memory,
    write_send_states,
    write_sends_view,
)
from orchestration.home.settings import Settings
from tests.conftest import PROJECT

FIRST = date(2026, 3, 1)
REMEMBERED = 35
Rows = list[tuple[Any, ...]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    (home / "warehouse").mkdir(parents=True)
    return Settings(home, PROJECT, tmp_path / "templates")


class Nights:
    """Nights that plan, write and publish; nothing else of them is real."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def view(self, night: date) -> Rows:
        """What a night knows of the mails before it."""
        with duckdb.connect() as connection:
            connection.execute("create schema raw_nightpost")
            write_sends_view(
                connection, self.settings.home, night, "raw_nightpost", REMEMBERED
            )
            return connection.execute(
                "select night, message_id from raw_nightpost.sends order by all"
            ).fetchall()

    def publish(
        self,
        night: date,
        mails: dict[str, str],
        *,
        run: str = "a",
        is_sent: bool = True,
        planned: dict[str, str] | None = None,
    ) -> None:
        """Publish a night whose payloads are ``mails``: person by message id."""
        name = f"{night.isoformat()}-{run}"
        home = self.settings.home
        self.plan(night, mails if planned is None else planned)
        staging = home / "outbox" / "runs" / name
        folder = staging / "payloads" / "vip"
        folder.mkdir(parents=True, exist_ok=True)
        lines = [
            json.dumps({"message_id": message, "profile_id": who, "email": f"{who}@x"})
            for message, who in mails.items()
        ]
        (folder / "payloads.jsonl").write_text("".join(f"{one}\n" for one in lines))
        facts = {"template_sha256": {"vip": f"digest of {night}"}}
        (staging / "manifest.json").write_text(json.dumps(facts))
        write_send_states(self.settings, night, staging, name, is_sent=is_sent)
        link = home / "outbox" / night.isoformat()
        link.unlink(missing_ok=True)
        link.symlink_to(Path("runs") / name)

    def plan(self, night: date, mails: dict[str, str]) -> None:
        self.settings.warehouse.unlink(missing_ok=True)
        with duckdb.connect(str(self.settings.warehouse)) as connection:
            connection.execute("create schema raw_nightpost; create schema activation")
            write_sends_view(
                connection, self.settings.home, night, "raw_nightpost", REMEMBERED
            )
            write_no_memory(connection, "raw_nightpost")
            connection.execute(
                "create table activation.act_send_plan (message_id varchar, "
                "profile_id varchar, segment varchar, kind varchar, channel varchar, "
                "template varchar, variant varchar, send_at timestamp, is_planned boolean)"
            )
            at = datetime(night.year, night.month, night.day, 9) + timedelta(days=1)
            for message, who in mails.items():
                connection.execute(
                    "insert into activation.act_send_plan values "
                    "(?, ?, 'vip', 'marketing', 'email', 'default', 'default', ?, true)",
                    [message, who, at],
                )

    def kept(self, night: date) -> dict[str, bytes]:
        """The files that a night left."""
        return {
            f"{path.parent.parent.name}/{path.name}": path.read_bytes()
            for path in (self.settings.state).glob(f"*/night={night}/*.parquet")
        }


@pytest.fixture
def nights(settings: Settings) -> Nights:
    return Nights(settings)


def test_a_night_reads_the_mails_of_nights_before_it_and_no_others(
    nights: Nights,
) -> None:
    nights.publish(FIRST, {"m1": "p1"})
    nights.publish(FIRST + timedelta(days=1), {"m2": "p1", "m3": "p2"})

    assert nights.view(FIRST) == []
    assert nights.view(FIRST + timedelta(days=1)) == [(FIRST, "m1")]
    assert [m for _, m in nights.view(FIRST + timedelta(days=2))] == ["m1", "m2", "m3"]


def test_a_row_says_who_where_what_and_when_and_holds_no_address(
    nights: Nights, settings: Settings
) -> None:
    nights.publish(FIRST, {"m1": "p1"})
    (file,) = (settings.state / "sends").glob("*/*.parquet")

    (row,) = duckdb.execute(
        "select * from read_parquet(?, hive_partitioning = false)", [str(file)]
    ).fetchall()

    key = duckdb.execute("select substr(sha256('email:p1@x'), 1, 32)").fetchone()
    assert key
    assert row == (
        FIRST, "m1", "p1", key[0], "vip", "marketing", "email", "default",
        f"digest of {FIRST}", "default", datetime(2026, 3, 2, 9),
    )  # fmt: skip
    assert b"p1@x" not in file.read_bytes()


def test_only_what_was_written_is_remembered_and_all_of_it_was_planned(
    nights: Nights,
) -> None:
    planned = {"m1": "p1", "m2": "p2"}
    nights.publish(FIRST, {"m1": "p1"}, planned=planned)
    assert nights.view(FIRST + timedelta(days=1)) == [(FIRST, "m1")]

    with pytest.raises(
        SendsDoNotAddUpError, match="Of 1 mails of the night 2026-03-02"
    ):
        nights.publish(FIRST + timedelta(days=1), {"other": "p1"}, planned=planned)


def test_a_night_published_again_leaves_the_same_bytes(nights: Nights) -> None:
    nights.publish(FIRST, {"m1": "p1", "m2": "p2"})
    before = nights.kept(FIRST)
    nights.publish(FIRST, {"m2": "p2", "m1": "p1"})

    assert nights.kept(FIRST) == before


def test_a_backfill_adds_no_mail_and_forgets_none(nights: Nights) -> None:
    """Not of a night that never was the newest, nor of one that was and is run anew."""
    second, third = FIRST + timedelta(days=1), FIRST + timedelta(days=2)
    nights.publish(second, {"m2": "p2"})
    nights.publish(third, {"m3": "p3"})
    before = nights.view(third + timedelta(days=1))

    nights.publish(FIRST, {"m1": "p1"}, is_sent=False)
    nights.publish(second, {"m9": "p9"}, run="b", is_sent=False)

    assert nights.view(third + timedelta(days=1)) == before
    assert nights.view(third) == [(second, "m2")]


def test_a_night_that_was_killed_before_it_was_visible_sent_nothing(
    nights: Nights, settings: Settings
) -> None:
    nights.publish(FIRST, {"m1": "p1"})
    (settings.outbox / FIRST.isoformat()).unlink()

    assert nights.view(FIRST + timedelta(days=1)) == []


def test_what_a_night_reads_grows_with_people_and_not_with_nights(
    nights: Nights,
) -> None:
    """Of mails older than the remembered nights the last one of each person stays."""
    for number in range(120):
        night = FIRST + timedelta(days=number)
        who = f"p{number % 2}" if number else "once"
        nights.publish(night, {f"m{number:03}": who})
        known = nights.view(night + timedelta(days=1))
        recent = [m for day, m in known if day > night - timedelta(days=REMEMBERED)]
        assert len(recent) == min(number + 1, REMEMBERED)
        # the nights since the last summary, and one mail for each of three people
        assert len(known) <= REMEMBERED + 28 + 3
        assert (FIRST, "m000") in known, "a mail for once only is never forgotten"
