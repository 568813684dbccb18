"""What a finished night says to the person who started it."""

import json
from typing import Any

from orchestration.nights import NightResult
from orchestration.publish import read_current
from orchestration.settings import Settings


def summarise(settings: Settings, result: NightResult) -> str:
    """Return what came out of a night and where, in lines."""
    folder = settings.outbox / result.night.isoformat()
    manifest = json.loads((folder / "manifest.json").read_bytes())
    return "\n".join(
        [
            f"Night {result.night.isoformat()} is published: {folder}",
            "",
            *table(manifest["segments"]),
            "",
            f"Audiences   {folder}/audiences/<segment>/members.csv, entered.csv, left.csv",
            f"Payloads    {folder}/payloads/<segment>/payloads.jsonl",
            f"Why, who    {folder}/manifest.json",
            *current_lines(settings, result),
            *(f"\nHeld back   {held.reason}" for held in result.held),
        ]
    )


def table(segments: dict[str, Any]) -> list[str]:
    """Return the waterfalls as a table: selected, may be written to, mails tonight."""
    lines = [f"{'segment':<24}{'selected':>10}{'audience':>10}{'mails':>10}"]
    for name, waterfall in segments.items():
        lines.append(
            f"{name:<24}{waterfall['selected']:>10,}{waterfall['audience']:>10,}"
            f"{waterfall['payloads']:>10,}"
        )
    return lines


def current_lines(settings: Settings, result: NightResult) -> list[str]:
    """Say where CURRENT points if that is not this night."""
    current = read_current(settings)
    if current.night == result.night.isoformat():
        return []
    return [f"CURRENT     stays at the newer night {current.night}"]
