"""The linkage over the same records through Splink alone: cold, warm, and 1 % new.

Records are people of the demo's shape, one in ten a second time with a misspelt name or
another mailbox. Splink alone is set up as in its tutorial: train, predict, cluster. Cold is
training and comparing all; warm is all records with a kept model; 1 % new is a night with
what the night before kept. Then how a night that compares all records grows over ten
times as many, in processor time, each in a process of its own with its peak memory
(Linux's VmHWM).
Run: python tests/benchmarks/bench_identity.py [--records N] [--rounds N] [--grow-to N]
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from orchestration.identity.linkage.learning import learn
from orchestration.identity.linkage.linkage import link_records
from orchestration.identity.linkage.linkage_model import LinkageModel, base_model
from orchestration.identity.proof.evaluation import compare_with_labels
from orchestration.identity.proof.plain_splink import run_plain_splink

NAMES = 2_000


def write_records(connection: duckdb.DuckDBPyConnection, records: int) -> None:
    """Write `all_records` (with `label`, the truth) and `intermediate.int_identity_records`.

    Values follow from a hash of the person's number: the same ones on every machine.
    """
    people = records * 10 // 11
    connection.execute(
        f"""
        create schema if not exists intermediate;
        create or replace macro dice(number, salt, sides) as
            ('0x' || left(md5(number::varchar || salt), 8))::ubigint % sides;
        -- few names are frequent and many are rare
        create or replace macro named(number, salt) as
            (('0x' || left(md5(number::varchar || salt), 8))::ubigint / 4294967296.0)
            ** 2 * {NAMES};
        create or replace macro word(number, salt) as
            translate(left(md5(number::bigint::varchar || salt), 8), '0123456789',
                'ghijklmnop');
        create or replace table people as
        select
            range as number,
            word(named(range, 'f'), 'first') as first_name,
            word(named(range, 'l'), 'last') as last_name,
            (date '1945-01-01' + dice(range, 'b', 22000)::integer)::varchar as birth_date,
            word(dice(range, 'c', 400), 'town') as city,
            'AB' || dice(range, 'p', {max(100, people // 20)}) as postal_code,
            '+4477' || lpad(range::varchar, 8, '0') as phone,
            if(dice(range, 'g', 2) = 0, 'f', 'm') as gender
        from range({people});
        create or replace table all_records as
        select 'crm/' || number as record_id, 'crm' as source, number as label,
            first_name, last_name, first_name || '.' || last_name || number % 100
            || '@example.com' as email, phone, birth_date, city, postal_code, gender
        from people
        union all
        select 'shop/' || number, 'shop', number,
            if(dice(number, 'e', 3) = 0, left(first_name, 5), first_name),
            if(dice(number, 'e', 3) = 1, left(last_name, 3) || substr(last_name, 5),
                last_name),
            if(dice(number, 'm', 2) = 0, null, word(number, 'mail') || '@post.example'),
            if(dice(number, 'h', 2) = 0, phone, null), birth_date, city, postal_code, gender
        from people where number % 10 = 0;
        create or replace table intermediate.int_identity_records as
        select * exclude (label), record_id as component_id, null::varchar as full_name,
            null::varchar as region, null::varchar as birth_date_text, null::varchar as street, false as is_own_account
        from all_records;
        create or replace temp table given as
        select *, record_id as component_id from all_records;
        """
    )


def found_by_night(connection: duckdb.DuckDBPyConnection) -> float:
    """Return the pairwise F1 of the certain links, joined."""
    connection.execute(
        """
        create or replace temp table found as
        with recursive reached as (
            select component_id, component_id as g from given
            union
            select links.b, reached.g from reached
            inner join (
                select left_component_id as a, right_component_id as b
                from linked.probable_links where band = 'certain'
                union all
                select right_component_id, left_component_id
                from linked.probable_links where band = 'certain'
            ) as links on links.a = reached.component_id
        )
        select component_id, min(g) as g from reached group by component_id
        """
    )
    return compare_with_labels(connection, "", "found", 0.0).f1


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def connected(folder: Path, records: int) -> duckdb.DuckDBPyConnection:
    """Return a connection to a fresh database with the records."""
    connection = duckdb.connect(str(folder / f"{time.monotonic_ns()}.duckdb"))
    write_records(connection, records)
    return connection


def without_hundredth(connection: duckdb.DuckDBPyConnection) -> None:
    """Take one record in a hundred away, as if it came tomorrow."""
    connection.execute(
        "delete from intermediate.int_identity_records "
        "where ('0x' || left(md5(record_id), 8))::ubigint % 100 = 0"
    )


def one_round(records: int, folder: Path) -> dict[str, float]:
    """Return the seconds and F1 of every way, once."""
    found: dict[str, float] = {}
    with connected(folder, records) as connection:
        fields = ("first_name", "last_name", "email", "phone", "birth_date", "city",
                  "postal_code", "gender")  # fmt: skip
        found["splink"] = run_plain_splink(connection, fields, "splinks")
        found["splink F1"] = compare_with_labels(connection, "", "splinks", 0.0).f1
    models: list[LinkageModel] = []
    kept = folder / f"kept{time.monotonic_ns()}"
    kept.mkdir()
    with connected(folder, records) as connection:

        def cold() -> None:
            models.append(learn(connection))
            link_records(connection, models[0])

        found["cold"] = seconds_of(cold)
        found["warm"] = seconds_of(lambda: link_records(connection, models[0]))
        found["F1"] = found_by_night(connection)
        without_hundredth(connection)
        link_records(connection, models[0], kept=kept)
        write_records(connection, records)
        found["1 % new"] = seconds_of(
            lambda: link_records(connection, models[0], kept=kept)
        )
    return found


def compare_ways(records: int, rounds: int, folder: Path) -> None:
    """Print each way over Splink alone, interleaved, as ratios."""
    runs = [one_round(records, folder) for _ in range(rounds)]
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    print(
        f"Splink alone, {records:,} records: {middle['splink']:.1f} s, "
        f"F1 {middle['splink F1']:.4f}; ours F1 {middle['F1']:.4f}"
    )
    for name in ("cold", "warm", "1 % new"):
        ratios = [run[name] / run["splink"] for run in runs]
        print(
            f"{name} over Splink alone: {statistics.median(ratios):.3f} "
            f"({middle[name]:.1f} / {middle['splink']:.1f} s, {rounds} rounds, "
            f"{min(ratios):.3f} to {max(ratios):.3f})",
            flush=True,
        )


def run_child(records: int, folder: Path) -> None:
    """Print the processor seconds of a warm night, and this process's peak memory in MB."""
    with connected(folder, records) as connection:
        start = time.process_time()
        link_records(connection, base_model())
        seconds = time.process_time() - start
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = int(status.partition("VmHWM:")[2].split()[0]) >> 10
    print(json.dumps({"seconds": seconds, "peak": peak}))


def compare_sizes(records: int, grow_to: int, rounds: int, folder: Path) -> None:
    """Print how a night that compares everything grows."""
    seconds: dict[int, list[float]] = {records: [], grow_to: []}
    peaks: dict[int, list[float]] = {records: [], grow_to: []}
    for _ in range(rounds):
        for size, found in seconds.items():
            command = [sys.executable, __file__, "--child", str(size)]
            command += ["--folder", str(folder)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            one = json.loads(done.stdout)
            found.append(one["seconds"])
            peaks[size].append(one["peak"])
    small, large = (statistics.median(one) for one in seconds.values())
    exponent = math.log(large / small) / math.log(grow_to / records)
    print(
        f"growth exponent, {records:,} to {grow_to:,} records: {exponent:.2f} "
        f"({large:.1f} / {small:.1f} s); peak memory "
        f"{statistics.median(peaks[grow_to]):.0f} / {statistics.median(peaks[records]):.0f} MB"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--grow-to", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", type=int)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.child:
        run_child(options.child, options.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compare_ways(options.records, options.rounds, folder)
        if options.grow_to > options.records:
            compare_sizes(options.records, options.grow_to, 1, folder)


if __name__ == "__main__":
    main()
