"""What the demo's night says of forty people, as text that a reviewer can read in a diff.

`make expected` writes it anew; a change of a rule shows there, and only there, whom it
moves.
"""

import json
from pathlib import Path
from typing import Any

import duckdb

EXPECTED = Path(__file__).parent / "expected"
PEOPLE = 40
# Of each, the rows of the forty.
TABLES = (
    "marts.profiles", "marts.profile_facts", "marts.orders", "marts.carts",
    "marts.email_engagement", "marts.engagement_scores", "marts.rfm_scores",
    "marts.lifecycle_stages", "marts.category_affinities", "marts.send_hours",
    "marts.next_best_actions", "marts.recommendations", "marts.propensities",
    "activation.act_contactable_profiles", "activation.act_segment_memberships",
    "activation.act_send_plan",
)  # fmt: skip
TOLD = ("segment", "send_at", "subject", "text")


def pinned(home: Path) -> dict[str, str]:
    """Return the text of each expected file by its name."""
    current = json.loads((home / "outbox" / "CURRENT").read_text())
    outbox = home / current["outbox"]
    manifest = json.loads((outbox / "manifest.json").read_text())
    found = {"waterfalls.csv": "\n".join(waterfalls(manifest["segments"])) + "\n"}
    with duckdb.connect(str(home / current["database"]), read_only=True) as night:
        night.execute("set timezone = 'UTC'")
        people = [
            str(one)
            for (one,) in night.execute(
                "select profile_id from marts.profiles order by profile_id "
                f"limit {PEOPLE}"
            ).fetchall()
        ]
        for table in TABLES:
            found[f"{table.partition('.')[2]}.csv"] = rows_of(night, table, people)
    found["mails.txt"] = "\n".join(mails(outbox, people))
    return found


def waterfalls(segments: dict[str, Any]) -> list[str]:
    """Return how many each segment selected, left out for which reason, and wrote to."""
    lines = ["segment,part,reason,people"]
    for segment, counts in sorted(segments.items()):
        for part, count in counts.items():
            reasons = count.items() if isinstance(count, dict) else [("", count)]
            lines += [f"{segment},{part},{reason},{n}" for reason, n in reasons]
    return lines


def rows_of(night: duckdb.DuckDBPyConnection, table: str, people: list[str]) -> str:
    """Return the rows of these people as CSV, in order."""
    found = night.execute(
        f"select * from {table} where list_contains($1, profile_id) order by all",
        [people],
    )
    names = [column[0] for column in found.description]
    rows = ["|".join(str(cell) for cell in row) for row in found.fetchall()]
    return "\n".join(["|".join(names), *rows]) + "\n"


def mails(outbox: Path, people: list[str]) -> list[str]:
    """Return what each of these people is written."""
    known = set(people)
    lines: list[str] = []
    for path in sorted(outbox.rglob("payloads.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            mail = json.loads(line)
            if mail["profile_id"] in known:
                told = [f"{name}: {mail.get(name)}" for name in TOLD]
                lines += ["=" * 70, mail["profile_id"], *told]
    return [*lines, ""]


def write(home: Path) -> None:
    """Write what a home's newest night says as what is expected."""
    EXPECTED.mkdir(exist_ok=True)
    for path in EXPECTED.iterdir():
        path.unlink()
    for name, text in pinned(home).items():
        (EXPECTED / name).write_text(text, encoding="utf-8")
