"""Payloads a second: this package against the loop that one would write first.

Run it with ``python tests/benchmarks/bench_payloads.py``. Three ways make the same
payloads from the same templates and rows, and write them as JSON lines:

- naive: ``iterrows``, the template built anew for every row, ``json.dumps``;
- fair: the same loop with the template compiled once;
- ours: ``export_payloads``, with sandbox, checks, receipt and sync, up to 2 processes.

All payloads of the fair loop are compared with ours before any clock is read. Rounds
are interleaved, the order turns round each time, and medians are printed, by the clock
and by the processors' own time, which other work on the machine disturbs less.
"""

import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import jinja2
import pandas as pd
from markupsafe import Markup

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from exporters.links import tagged_link, web_address
from exporters.messages import one_line
from exporters.payloads import export_payloads, payload_columns
from exporters.rendering import ENVELOPE
from exporters.template_filters import money
from exporters.template_library import TEMPLATES, load_template
from exporters.template_lint import token_name, used_tokens
from exporters.template_sources import Template, block_role
from exporters.unsubscribe import Sender, unsubscribe_token

SEGMENT = "cart_abandoners"
ROWS = 20_000
NAIVE_ROWS = 40
FAIR_ROWS = 1_000
ROUNDS = 5

Rates = dict[str, list[tuple[float, float]]]
"""Payloads a second of every way and round: by the clock, and by processor time."""

SENDER = Sender("Shop", "1 Sea Road, Hove", "https://mail.example/u", b"k" * 32)


def make_warehouse() -> duckdb.DuckDBPyConnection:
    """Return a warehouse with ``ROWS`` people to write to, always the same."""
    connection = duckdb.connect()
    connection.execute("create schema activation")
    people = pd.DataFrame(list(make_people(random.Random(7))))
    connection.register("people", people)
    connection.execute("""
        create table activation.act_payload_fields as
        select * replace (
            cast(last_viewed_price as decimal(18, 2)) as last_viewed_price,
            cast(cart_value as decimal(18, 2)) as cart_value,
            cast(send_at as timestamp) as send_at,
            cast(last_purchase_at as timestamp) as last_purchase_at
        )
        from people
    """)
    connection.unregister("people")
    connection.execute("""
        create table activation.act_eligibility as
        select
            segment, profile_id, email, consent_event_id,
            cast(null as varchar) as exclusion_reason
        from activation.act_payload_fields
    """)
    return connection


def make_people(chance: random.Random) -> Iterator[dict[str, str | None]]:
    """Yield rows with a catalogue of 1,000 products, some of them popular."""
    products = [make_product(number) for number in range(1_000)]
    weights = [1 / (number + 10) for number in range(1_000)]
    names = [f"Name{number}" for number in range(3_000)] + ["O'Brien", "<b>x</b>"]
    for number in range(ROWS):
        viewed, bought, *chosen = chance.choices(products, weights, k=9)
        cart = [
            {**item, "quantity": chance.randint(1, 3)}
            for item in chosen[: chance.randint(1, 4)]
        ]
        why = (f"Because you bought {bought['name']}", "Popular right now")
        picks = [
            {**item, "currency": "GBP", "reason": chance.choice(why)}
            for item in chosen[4:]
        ]
        yield {
            "segment": SEGMENT,
            "profile_id": f"{chance.getrandbits(64):016x}",
            "email": f"person{number}@example.com",
            "consent_event_id": f"consent-{number}",
            "variant": chance.choice("ab"),
            "reason": "You receive this because you left something in your cart.",
            "send_at": f"2026-04-06 {chance.randint(6, 20):02}:00:00",
            "first_name": chance.choice([*names, None]),
            "last_name": chance.choice(names),
            "language": "en",
            "city": chance.choice(("Hove", "Leeds", None)),
            "country_code": "GB",
            "currency": "GBP",
            "last_purchase_name": chance.choice((str(bought["name"]), None)),
            "last_purchase_at": "2026-01-02 03:04:05",
            "last_viewed_name": chance.choice((str(viewed["name"]), None)),
            "last_viewed_url": str(viewed["url"]),
            "last_viewed_image_url": str(viewed["image_url"]),
            "last_viewed_price": str(viewed["price"]),
            "last_viewed_currency": "GBP",
            "last_viewed_category": "Fashion",
            "favourite_category": chance.choice(("Electronics", "Fashion", "Toys")),
            "cart_items_json": json.dumps(cart),
            "cart_value": str(10 * len(cart)),
            "recommendations_json": json.dumps(picks),
        }


def make_product(number: int) -> dict[str, object]:
    """Return one product of the catalogue."""
    return {
        "sku": f"S{number}",
        "name": f"Product {number} & Co",
        "url": f"https://shop.example/products/{number}?ref=mail",
        "image_url": f"https://cdn.example/images/{number}.jpg",
        "price": f"{number % 90 + 9}.90",
    }


class Loop:
    """The loop that one would write first, with or without compiling every row."""

    def __init__(self, template: Template, *, compile_once: bool) -> None:
        """Set up two plain environments: one escapes, one does not."""
        self.template = template
        self.compile_once = compile_once
        self.used = used_tokens(template)
        self.urls: list[str] = []
        self.block = ""
        self.environments = {kind: self.environment(kind) for kind in ("html", "text")}
        self.compiled = self.compile()

    def environment(self, kind: str) -> jinja2.Environment:
        """Return an environment with the same filters as ours."""
        made = jinja2.Environment(
            autoescape=kind == "html",
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.filters.update(link=self.link, money=money)
        made.filters["image"] = web_address.__wrapped__
        return made

    def link(self, url: str) -> str:
        """Tag a link and remember it."""
        tagged = tagged_link.__wrapped__(url, SEGMENT, self.block)
        self.urls.append(tagged)
        return tagged

    def compile(self) -> dict[str, jinja2.Template]:
        """Build the template: every file of it, the macros first."""
        built = {}
        for file in sorted(
            self.template.files, key=lambda one: one.role[:6] != "macros"
        ):
            kind = "html" if file.role.endswith(".html.j2") else "text"
            built[file.role] = self.environments[kind].from_string(file.source)
            if file.role.startswith("macros"):
                macros = vars(built[file.role].module)
                self.environments[kind].globals.update(macros)
        return built

    def write(self, people: pd.DataFrame, path: Path) -> None:
        """Write a payload for every row."""
        with path.open("w", encoding="utf-8") as file:
            for _, row in people.iterrows():
                file.write(json.dumps(self.payload(row), ensure_ascii=False) + "\n")

    def payload(self, row: "pd.Series[str]") -> dict[str, object]:
        """Return the payload of one row."""
        tokens = {
            token_name(str(name)): json.loads(value) if "_json" in str(name) else value
            for name, value in row.items()
            if isinstance(value, str)
        }
        if not self.compile_once:
            self.compiled = self.compile()
        # iterrows turns null into NaN, so what is missing is put back as null.
        tokens = {token_name(str(name)): None for name in row.index} | tokens
        token = unsubscribe_token(
            SENDER.key, str(tokens["profile_id"]), str(tokens["email"])
        )
        url = SENDER.unsubscribe_url(token)
        names = {
            **tokens,
            "unsubscribe_url": url,
            "sender_name": SENDER.name,
            "postal_address": SENDER.postal_address,
        }
        names["subject"] = one_line(self.compiled["subject.j2"].render(names))
        names["preheader"] = one_line(self.compiled["preheader.j2"].render(names))
        blocks, links = [], []
        for name in self.template.blocks:
            self.block, self.urls = name, []
            html = self.compiled[block_role(name, "html")].render(names).strip()
            text = self.compiled[block_role(name, "text")].render(names).strip()
            blocks.append({"name": name, "html": html, "text": text})
            links += [{"block": name, "url": to} for to in dict.fromkeys(self.urls)]
        html = "\n".join(block["html"] for block in blocks)
        text = "\n\n".join(block["text"] for block in blocks)
        rich = self.compiled["layout.html.j2"].render(names, content=Markup(html))
        plain = self.compiled["layout.text.j2"].render(names, content=text)
        return {
            "profile_id": tokens["profile_id"],
            "email": tokens["email"],
            "segment": tokens["segment"],
            "variant": tokens["variant"],
            "reason": tokens["reason"],
            "subject": names["subject"],
            "preheader": names["preheader"],
            "blocks": blocks,
            "html": rich.strip(),
            "text": plain.strip(),
            "tokens": {
                key: tokens[key] for key in tokens if key in self.used - {*ENVELOPE}
            },
            "recommendations": tokens["recommendations"],
            "links": links,
            "send_at": tokens["send_at"],
            "unsubscribe_token": token,
            "unsubscribe_url": url,
            "headers": {
                "List-Unsubscribe": f"<{url}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            "consent_event_id": tokens["consent_event_id"],
        }


def read_people(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return all rows as a frame of plain values, sorted, ready for the loops."""
    return connection.execute("""
        select * replace (
            cast(last_viewed_price as varchar) as last_viewed_price,
            cast(cart_value as varchar) as cart_value,
            strftime(send_at, '%Y-%m-%dT%H:%M:%SZ') as send_at,
            strftime(last_purchase_at, '%Y-%m-%dT%H:%M:%SZ') as last_purchase_at
        )
        from activation.act_payload_fields
        order by profile_id
    """).df()


def check_equal(ours: Path, theirs: Path) -> None:
    """Compare payload by payload, field by field."""
    with ours.open() as left, theirs.open() as right:
        for number, (one, other) in enumerate(zip(left, right, strict=True)):
            first, second = json.loads(one), json.loads(other)
            for field in first | second:
                assert first[field] == second[field], f"row {number}: {field} differs"


def main() -> None:
    """Compare, measure, and print the rates and both ratios."""
    connection = make_warehouse()
    columns = list(payload_columns(connection))
    template = load_template(TEMPLATES, SEGMENT, columns)
    people = read_people(connection)
    naive, fair = Loop(template, compile_once=False), Loop(template, compile_once=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def ours(workers: int) -> None:
            made = export_payloads(
                connection, template, SEGMENT, folder, SENDER, workers=workers
            )
            assert (made.rows, made.rejects) == (ROWS, ())

        ways: dict[str, tuple[int, Callable[[], None]]] = {
            "naive": (
                NAIVE_ROWS,
                lambda: naive.write(people[:NAIVE_ROWS], folder / "naive"),
            ),
            "fair": (
                FAIR_ROWS,
                lambda: fair.write(people[:FAIR_ROWS], folder / "fair"),
            ),
            "ours, 1 process": (ROWS, lambda: ours(1)),
            "ours, 2 processes": (ROWS, lambda: ours(2)),
        }
        ours(2)
        fair.write(people, folder / "all")
        check_equal(folder / f"payloads/{SEGMENT}/payloads.jsonl", folder / "all")
        naive.write(people[:NAIVE_ROWS], folder / "naive")
        fair.write(people[:NAIVE_ROWS], folder / "fair")
        check_equal(folder / "naive", folder / "fair")
        print(f"equal in every field: {ROWS:,} payloads")
        report(measure(ways))


def measure(
    ways: dict[str, tuple[int, Callable[[], None]]],
) -> Rates:
    """Return what every way reached in every round."""
    rates: Rates = {name: [] for name in ways}
    order = list(ways)
    for _ in range(ROUNDS):
        for name in order:
            rows, run = ways[name]
            start, busy = time.perf_counter(), processor_seconds()
            run()
            rates[name].append(
                (
                    rows / (time.perf_counter() - start),
                    rows / (processor_seconds() - busy),
                )
            )
        order.reverse()
    return rates


def processor_seconds() -> float:
    """Return the processor time of this process and of the children it has ended."""
    return sum(os.times()[:4])


def report(rates: Rates) -> None:
    """Print medians, spreads and ratios."""
    for place, clock in enumerate(("wall", "CPU")):
        some = {name: [pair[place] for pair in all_] for name, all_ in rates.items()}
        medians = {name: statistics.median(values) for name, values in some.items()}
        for name, median in medians.items():
            spread = (max(some[name]) - min(some[name])) / median
            over_naive, over_fair = median / medians["naive"], median / medians["fair"]
            print(
                f"{name:<18} {median:>8,.0f} payloads/{clock}-s  spread {spread:>4.0%}"
                f"  {over_naive:>6.1f} x naive  {over_fair:>5.2f} x fair"
            )


if __name__ == "__main__":
    main()
