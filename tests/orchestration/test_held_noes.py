"""A file that is held back once its rows were read: its noes are known all the same."""

import json
from datetime import date

import duckdb
import pytest

from orchestration import steps
from orchestration.home.settings import export_environment, read_settings

NIGHT = date(2026, 4, 5)
READABLE, UNREADABLE = 1_775_347_200, "soon"


def event(number: int, timestamp: object) -> str:
    return json.dumps(
        {
            "email": f"person{number}@mail.example.com",
            "timestamp": timestamp,
            "event": "unsubscribe",
            "sg_event_id": f"e{number}",
            "sg_message_id": f"m{number}",
        }
    )


def test_what_staging_holds_of_a_held_file_is_known_row_by_row(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NIGHTPOST_HOME", "NIGHTPOST_WAREHOUSE", "NIGHTPOST_AS_OF"):
        monkeypatch.setenv(name, "")
    settings = read_settings(tmp_path_factory.mktemp("home"))
    export_environment(settings)
    events = settings.home / "inbox" / "sendgrid" / "events" / f"{NIGHT}.jsonl"
    events.parent.mkdir(parents=True)
    lines = [event(n, READABLE if n < 4 else UNREADABLE) for n in range(10)]
    events.write_text("\n".join(lines) + "\n")
    tonight = steps.tonight_of(settings, NIGHT)
    before = [step.name for step in steps.STEPS].index("cleaning")

    steps.run_steps(tonight, steps.STEPS[:before])

    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        refused = warehouse.execute(
            "select count(distinct email) from staging.stg_nightpost__refused_opt_outs"
        ).fetchone()
        staged = warehouse.execute(
            "select count(*) from staging.stg_sendgrid__opt_outs"
        ).fetchone()
    assert (refused, staged) == ((10,), (0,))
