"""What a night says at its end: what came out, where to look, what did not go out."""

import json
import stat
import sys
from datetime import date
from pathlib import Path

import pytest

from orchestration.command.nights import NightResult
from orchestration.command.summary import held_lines, summarise
from orchestration.home.settings import Settings, read_settings

NIGHT = date(2026, 4, 5)
HELD = {
    "code": "held_source",
    "sentence": "shopify/orders/x.csv: cut.",
    "count": 1,
    "command": "nightpost rejects shopify/orders",
}
REJECTED = {
    "code": "rows_rejected",
    "sentence": "ga4/events: 7 of 9 rows were rejected.",
    "count": 7,
    "command": "nightpost rejects ga4/events",
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NIGHTPOST_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "argv", ["bin/nightpost"])
    return read_settings()


def publish(
    settings: Settings, *, mails: int = 2, notices: tuple[object, ...] = ()
) -> None:
    """Write an outbox of one segment by hand."""
    folder = settings.outbox / NIGHT.isoformat()
    payloads = folder / "payloads" / "vip" / "payloads.jsonl"
    payloads.parent.mkdir(parents=True)
    html = ["<p>Grüße, Ana</p>", "<p>Ben</p>"][:mails]
    payloads.write_text(
        "".join(json.dumps({"html": one}) + "\n" for one in html), "utf-8"
    )
    files = [
        {"path": "audiences/vip/members.csv", "rows": 3},
        {"path": "audiences/vip/entered.csv", "rows": 9},
        {"path": "payloads/vip/payloads.jsonl", "rows": mails},
    ]
    fall = {"selected": 5, "audience": 3, "payloads": mails}
    manifest = {"files": files, "segments": {"vip": fall}, "notices": list(notices)}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    current = {
        "night": NIGHT.isoformat(),
        "run_id": "r",
        "outbox": "o",
        "database": "d",
    }
    (settings.outbox / "CURRENT").write_text(json.dumps(current), "utf-8")


def test_a_first_look_is_offered_with_a_mail_that_a_browser_opens(
    settings: Settings,
) -> None:
    publish(settings)

    lines = summarise(settings, NightResult(NIGHT, ())).splitlines()

    page = settings.home / "look" / "mail.html"
    assert page.read_text("utf-8") == "<p>Grüße, Ana</p>"
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    look = lines[lines.index("Look at it") :]
    assert look[1].endswith("audiences/vip/members.csv")
    assert f"{page}    one mail of vip, as it would leave" in look[2]
    assert look[3:] == ["  bin/nightpost preview seg_vip", "  bin/nightpost ui"]


def test_a_night_without_a_mail_leaves_no_page_of_an_older_one(
    settings: Settings,
) -> None:
    (settings.home / "look").mkdir()
    (settings.home / "look" / "mail.html").write_text("old")
    publish(settings, mails=0)

    said = summarise(settings, NightResult(NIGHT, ()))

    assert "mail.html" not in said
    assert not (settings.home / "look" / "mail.html").exists()


def test_each_notice_is_one_line_with_its_command_and_a_warning_is_said_once(
    settings: Settings,
) -> None:
    publish(settings, notices=(HELD, REJECTED))
    warnings = (
        "One file has no line end.",
        str(HELD["sentence"]),
        "One file has no line end.",
    )

    lines = summarise(settings, NightResult(NIGHT, (), warnings)).splitlines()

    assert lines[-5:] == [
        "",
        f"Held back   {HELD['sentence']} More: bin/nightpost rejects shopify/orders",
        "",
        f"Notice      {REJECTED['sentence']} More: bin/nightpost rejects ga4/events",
        "Notice      One file has no line end.",
    ]


def test_a_run_that_nobody_watches_says_what_is_held_back_and_nothing_else(
    settings: Settings,
) -> None:
    publish(settings, notices=(HELD, REJECTED))
    result = NightResult(NIGHT, ())

    assert held_lines(settings, result) == f"Night 2026-04-05: {HELD['sentence']}"
    manifest = settings.outbox / NIGHT.isoformat() / "manifest.json"
    manifest.write_text(json.dumps({"notices": [REJECTED]}))
    assert held_lines(settings, result) == ""
