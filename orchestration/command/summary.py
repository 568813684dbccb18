"""What a finished night says to the person who started it."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from orchestration.command.first_look import write_first_look
from orchestration.command.nights import NightResult
from orchestration.command.options import runnable
from orchestration.home.published import read_current
from orchestration.home.settings import Settings
from orchestration.publishing.notices import is_held, read_notices


def summarise(settings: Settings, result: NightResult) -> str:
    """Return what came out of a night, where, and what did not go out, in lines."""
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
            *look_lines(settings, result, manifest),
            *said_lines(settings, result, manifest),
        ]
    )


def held_lines(settings: Settings, result: NightResult) -> str:
    """Return nothing but what a night held back, for a run that nobody watches."""
    folder = settings.outbox / result.night.isoformat()
    manifest = json.loads((folder / "manifest.json").read_bytes())
    return "\n".join(
        f"Night {result.night.isoformat()}: {one.sentence}"
        for one in read_notices(manifest)
        if is_held(one)
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


def look_lines(
    settings: Settings, result: NightResult, manifest: dict[str, Any]
) -> Iterator[str]:
    """Yield what to look at first: an audience, a mail as it would leave, the UI."""
    look = write_first_look(settings, result.night, manifest)
    opens = "open" if sys.platform == "darwin" else "xdg-open"
    yield "\nLook at it"
    if look.audience:
        yield f"  {opens} {look.audience}"
    if look.mail:
        yield f"  {opens} {look.mail}    one mail of {look.segment}, as it would leave"
        yield f"  {runnable(f'nightpost preview seg_{look.segment}', settings)}"
    yield f"  {runnable('nightpost ui', settings)}"


def said_lines(
    settings: Settings, result: NightResult, manifest: dict[str, Any]
) -> Iterator[str]:
    """Yield a line for whatever did not go out whole, and for each warning of a step."""
    notices = read_notices(manifest)
    told = [one for one in notices if not is_held(one)]
    known = {one.sentence for one in notices}
    warnings = [one for one in dict.fromkeys(result.warnings) if one not in known]
    for one in notices:
        if is_held(one):
            yield f"\nHeld back   {one.sentence} More: {runnable(one.command, settings)}"
    if told or warnings:
        yield ""
    for one in told:
        yield f"Notice      {one.sentence} More: {runnable(one.command, settings)}"
    for warning in warnings:
        yield f"Notice      {warning}"
