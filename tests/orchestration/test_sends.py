"""`nightpost sends` says of a person or a segment what was written, and what waits."""

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from orchestration.command.main import app
from orchestration.home.published import read_current
from orchestration.home.settings import Settings

from .identity.small_night import ANA, publish_small_night


def call(settings: Settings, *words: str) -> Result:
    return CliRunner().invoke(app, ["sends", *words, "--home", str(settings.home)])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A published night on which Ana was written to before, and waits."""
    found = publish_small_night(tmp_path)
    database = found.home / read_current(found).database
    database.chmod(0o600)
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema if not exists activation")
        connection.execute("create table activation.act_segments (segment varchar)")
        connection.execute(
            "insert into activation.act_segments values ('vip'), ('cart')"
        )
        connection.execute(
            f"""
            create table activation.act_send_plan as
            select * from (values
                ('vip', '{ANA}', 1, true, null, null, timestamp '2026-04-06 08:00:00',
                true, null, 'm2'),
                ('cart', '{ANA}', 2, false, 'had_it_lately', 'vip', null, false,
                timestamp '2026-04-08 07:00:00', null)
            ) as t (segment, profile_id, priority, is_planned, loss_reason, beaten_by,
                send_at, is_moved, next_possible_at, message_id)
            """
        )
        connection.execute(
            f"""
            create table marts.sends as
            select * from (values
                (date '2026-04-04', 'cart', '{ANA}', 'reminder', 'cart',
                timestamp '2026-04-05 08:00:00', 'delivered', 'm1')
            ) as t (night, segment, profile_id, kind, template, send_at, service_says,
                message_id)
            """
        )
    return found


def test_a_person_sees_tonight_the_reason_and_when_next(settings: Settings) -> None:
    found = json.loads(call(settings, "ana@x.example", "--json").output)

    assert found["name"] == ANA
    vip, cart = found["tonight"]
    assert (vip["mail"], vip["moved"]) == ("gets it", "moved out of quiet hours")
    assert (cart["mail"], cart["won_by"]) == ("had_it_lately", "vip")
    assert cart["next_possible"] == "2026-04-08 07:00:00"
    assert [one["message_id"] for one in found["earlier"]] == ["m1"]
    printed = call(settings, "ana@x.example").output
    assert "had_it_lately" in printed
    assert "delivered" in printed


def test_a_segment_sees_counts_and_nobodys_name(settings: Settings) -> None:
    for name in ("cart", "seg_cart"):
        found = json.loads(call(settings, name, "--json").output)
        (tonight,), (earlier,) = found["tonight"], found["earlier"]
        assert (tonight["mail"], tonight["people"]) == ("had_it_lately", 1)
        assert (earlier["mails"], earlier["delivered"]) == (1, 1)
        assert ANA not in call(settings, name).output


def test_who_is_nobody_and_no_segment_is_refused_in_a_sentence(
    settings: Settings,
) -> None:
    refused = call(settings, "nobody@x.example")

    assert refused.exit_code == 2
    assert "No segment of the published night is called so." in refused.output
    assert "nobody@x.example" not in refused.output


def test_a_night_that_kept_nothing_yet_says_so(tmp_path: Path) -> None:
    refused = call(publish_small_night(tmp_path), "vip")

    assert refused.exit_code == 2
    assert "before it was kept whom we write to" in " ".join(refused.output.split())
