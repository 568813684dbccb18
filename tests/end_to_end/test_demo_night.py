"""A demo night, as its readers find it: held against the truth that planted it."""

import csv
import hashlib
import io
import json
import stat
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from seeds.demo.words import HOSTILE_NAMES
from tests.end_to_end.conftest import (
    FED_BY_THE_DEMO,
    LAST_NIGHT,
    listed_segments,
    outbox_bytes,
)

NIGHT = LAST_NIGHT.isoformat()
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(scope="module")
def outbox(finished_home: Path) -> dict[str, bytes]:
    """Every file of the night by its path."""
    return outbox_bytes(finished_home, NIGHT)


def members(outbox: dict[str, bytes]) -> list[dict[str, str]]:
    """Every row of every members.csv."""
    return [
        row
        for name, body in outbox.items()
        if name.endswith("members.csv")
        for row in csv.DictReader(io.StringIO(body.decode("utf-8"), newline=""))
    ]


def payloads(outbox: dict[str, bytes]) -> list[dict[str, object]]:
    """Every payload of the night."""
    return [
        json.loads(line)
        for name, body in outbox.items()
        if name.endswith("payloads.jsonl")
        for line in body.splitlines()
    ]


def test_every_segment_has_members_and_every_file_is_in_the_manifest(
    outbox: dict[str, bytes],
) -> None:
    manifest = json.loads(outbox["manifest.json"])
    listed = {file["path"]: file["sha256"] for file in manifest["files"]}
    found = {
        name: hashlib.sha256(body).hexdigest()
        for name, body in outbox.items()
        if name != "manifest.json"
    }

    assert listed == found
    assert set(manifest["segments"]) == listed_segments()
    fed = FED_BY_THE_DEMO & listed_segments()
    assert all(manifest["segments"][segment]["selected"] for segment in fed)
    assert manifest["as_of_at"] == "2026-04-05T23:00:00Z", "midnight in London, in UTC"


def test_every_waterfall_adds_up(outbox: dict[str, bytes]) -> None:
    for waterfall in json.loads(outbox["manifest.json"])["segments"].values():
        excluded = sum(waterfall["excluded"].values())
        assert waterfall["selected"] == excluded + waterfall["audience"]
        not_sent = sum(waterfall["not_sent"].values())
        assert waterfall["audience"] == not_sent + waterfall["payloads"]


def test_nobody_is_exported_without_consent_that_holds(
    outbox: dict[str, bytes], truth: Path
) -> None:
    permitted = {
        address
        for (address,) in duckdb.sql(
            f"select email from '{truth}/permitted.parquet' where night = date '{NIGHT}'"
        ).fetchall()
    }
    exported = {row["email"] for row in members(outbox)}
    mailed = {str(payload["email"]) for payload in payloads(outbox)}

    assert exported, "somebody is exported"
    assert exported | mailed <= permitted
    assert all(row["consent_event_id"] for row in members(outbox))


def test_nobody_gets_two_mails_a_night(outbox: dict[str, bytes]) -> None:
    addresses = [payload["email"] for payload in payloads(outbox)]

    assert len(addresses) == len(set(addresses))


def test_no_bot_is_counted(night: duckdb.DuckDBPyConnection, truth: Path) -> None:
    counted = night.execute(
        f"""
        select count(*)
        from marts.web_sessions as sessions
        inner join '{truth}/bots.parquet' as bots
            on sessions.session_id = bots.user_pseudo_id || '/' || bots.ga_session_id
            or (
                bots.ga_session_id is null
                and starts_with(sessions.session_id, bots.user_pseudo_id || '/')
            )
        """
    ).fetchone()
    planted = duckdb.sql(f"select count(*) from '{truth}/bots.parquet'").fetchone()

    assert counted == (0,)
    assert planted and planted[0] > 0


def test_no_machine_open_is_counted_and_no_human_one_is_lost(
    night: duckdb.DuckDBPyConnection, truth: Path
) -> None:
    ours = night.execute(
        "select sum(open_count), sum(machine_open_count) from marts.email_engagement"
    ).fetchone()
    theirs = tuple(
        duckdb.sql(
            f"select count(*) from '{truth}/{kind}_opens.parquet' where arrived_on <= '{NIGHT}'"
        ).fetchall()[0][0]
        for kind in ("human", "machine")
    )

    assert ours == theirs
    assert min(theirs) > 0


def test_revenue_is_the_true_one_net_of_refunds_and_cancellations(
    night: duckdb.DuckDBPyConnection, truth: Path
) -> None:
    ours = night.execute(
        """
        select currency, sum(
            case when is_cancelled then 0 else total_amount - refunded_amount end
        )
        from marts.orders group by all order by all
        """
    ).fetchall()
    theirs = duckdb.sql(
        f"""
        select currency, cast(sum(net) as decimal(18, 2)) from '{truth}/orders.parquet'
        where not is_in_future group by all order by all
        """
    ).fetchall()

    assert ours == theirs
    refunded = night.execute(
        "select count(*) from marts.orders where is_cancelled or refunded_amount > 0"
    ).fetchone()
    assert refunded and refunded[0] > 0


def test_every_purchase_on_the_website_is_an_order_of_the_shop(
    night: duckdb.DuckDBPyConnection,
) -> None:
    found = night.execute(
        "select count(*), count(order_id) from marts.web_events "
        "where event_name = 'purchase'"
    ).fetchone()

    assert found and found[0] == found[1] > 0


def test_a_cart_mail_speaks_of_the_cart_and_recommends_nothing_in_it(
    outbox: dict[str, bytes],
) -> None:
    mails = [one for one in payloads(outbox) if one["segment"] == "cart_abandoners"]

    assert mails
    for mail in mails:
        tokens, recommended = mail["tokens"], mail["recommendations"]
        assert isinstance(tokens, dict)
        assert isinstance(recommended, list)
        names = [item["name"] for item in tokens["cart_items"]]
        assert names[0] in str(mail["subject"])
        assert not {item["name"] for item in recommended} & set(names)


def test_a_mail_tells_one_currency(
    night: duckdb.DuckDBPyConnection, outbox: dict[str, bytes]
) -> None:
    currencies = dict(
        night.execute(
            "select profile_id, currency from activation.act_wallets"
        ).fetchall()
    )

    for mail in payloads(outbox):
        recommended = mail["recommendations"]
        assert isinstance(recommended, list)
        told = {item["currency"] for item in recommended if item["price"]}
        assert told <= {currencies[mail["profile_id"]]}


class Text(HTMLParser):
    """Collects what a reader of the mail sees, and every tag."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.seen.append(data)


def test_hostile_names_arrive_whole_and_harm_nobody(
    outbox: dict[str, bytes], night: duckdb.DuckDBPyConnection
) -> None:
    kept = {
        name
        for row in night.execute(
            "select first_name, last_name from marts.profiles"
        ).fetchall()
        for name in row
        if name
    }
    hostile = {first for first, _ in HOSTILE_NAMES if first in kept}
    assert len(hostile) >= 8, "hostile names are kept as they are"

    for row in members(outbox):
        for cell in (row["first_name"], row["last_name"]):
            assert not cell.startswith(FORMULA_STARTS)
    for payload in payloads(outbox):
        subject = str(payload["subject"])
        assert subject and subject.isprintable()
        text = Text()
        text.feed(str(payload["html"]))
        assert "script" not in text.tags
        tokens = payload["tokens"]
        assert isinstance(tokens, dict)
        if tokens["first_name"] in hostile:
            assert tokens["first_name"] in "".join(text.seen)


def test_everything_in_a_home_is_private(finished_home: Path) -> None:
    for path in finished_home.rglob("*"):
        inside = path.relative_to(finished_home).parts[0]
        if inside == "inbox" or path.is_symlink():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0, f"{path} can be read by others: {oct(mode)}"


def test_dagsters_storage_and_dbts_logs_hold_no_address(
    finished_home: Path, outbox: dict[str, bytes]
) -> None:
    addresses = {row["email"].encode() for row in members(outbox)}
    for folder in ("dagster", "dbt"):
        for path in (finished_home / folder).rglob("*"):
            if path.is_file():
                body = path.read_bytes()
                assert not any(address in body for address in addresses), path
