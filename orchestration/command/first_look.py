"""A first look at a night: the audience that is worth opening, and one mail to see.

The mail is written as a page of its own below the home, so that a browser opens it. It is
what its payload holds, byte for byte; like the payload it is personal, hence private.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.home.files import write_atomically
from orchestration.home.settings import Settings

LOOK = "look"


@dataclass(frozen=True)
class FirstLook:
    """What to open first; a part is None where the night has nothing of the kind."""

    audience: Path | None
    mail: Path | None
    segment: str | None


def write_first_look(
    settings: Settings, night: date, manifest: Mapping[str, Any]
) -> FirstLook:
    """Write one mail of ``night`` as a page, and return what there is to look at.

    It is the first mail of the segment that sends the most; the page of an earlier night
    is written over.
    """
    outbox = settings.outbox / night.isoformat()
    audience = largest(manifest, "audiences/", "/members.csv")
    payloads = largest(manifest, "payloads/", "/payloads.jsonl")
    page = settings.home / LOOK / "mail.html"
    if payloads is None:
        page.unlink(missing_ok=True)
    else:
        with (outbox / payloads).open(encoding="utf-8") as lines:
            write_atomically(page, json.loads(lines.readline())["html"].encode("utf-8"))
    return FirstLook(
        audience=outbox / audience if audience else None,
        mail=page if payloads else None,
        segment=Path(payloads).parent.name if payloads else None,
    )


def largest(manifest: Mapping[str, Any], start: str, end: str) -> str | None:
    """Return the path of the file of a kind that has the most rows, if one has any."""
    kind = [
        (file["rows"], file["path"])
        for file in manifest["files"]
        if file["path"].startswith(start)
        and file["path"].endswith(end)
        and file["rows"]
    ]
    return max(kind)[1] if kind else None
