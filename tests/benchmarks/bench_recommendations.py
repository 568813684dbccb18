"""Lists for everybody, over the neighbours of implicit alone, from and to the same tables.

Both read one DuckDB table of purchases and write one of ten products a person, the ones
that the person has left out. Ours works out affinities, features and both regressions'
probabilities; implicit fits and asks its BM25 neighbours, one thread. What is learnt once
a month (the weights of the regressions) is learnt before any clock is read. Rounds are
interleaved; medians by processor time, which other work disturbs less.
Run: python tests/benchmarks/bench_recommendations.py
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import scipy.sparse as sp
from implicit.nearest_neighbours import BM25Recommender
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from orchestration.predictions.recommenders.backtest import Split, trained
from orchestration.predictions.recommenders.past import Past
from orchestration.predictions.recommenders.purchases import numbered
from orchestration.predictions.recommenders.ranker import IMPOSSIBLE, Ranker, best

PEOPLE, KINDS, GOODS_A_KIND = 20_000, 8, 60
LENGTH = 10
ROUNDS = 5
END = pd.Timestamp("2026-04-06")
READ = "select customer, order_id, ordered_at, product from bought order by all"


def make_purchases(connection: duckdb.DuckDBPyConnection) -> None:
    """Write purchases of people who like some kinds of goods, always the same."""
    rng = np.random.default_rng(7)
    customer = np.repeat(np.arange(PEOPLE), rng.geometric(0.12, PEOPLE))
    kind = np.where(
        rng.random(len(customer)) < 0.7,
        customer % KINDS,
        rng.integers(0, KINDS, len(customer)),
    )
    good = np.minimum(rng.geometric(0.06, len(customer)) - 1, GOODS_A_KIND - 1)
    seconds = rng.integers(1, 200 * 86_400, len(customer))
    frame = pd.DataFrame(
        {
            "customer": [f"p{one:06d}" for one in customer],
            "order_id": [f"o{one}" for one in range(len(customer))],
            "ordered_at": END - pd.to_timedelta(seconds, unit="s"),
            "product": [f"s{one:04d}" for one in kind * GOODS_A_KIND + good],
        }
    )
    connection.register("frame", frame)
    connection.execute("create table bought as from frame")


def write(
    connection: duckdb.DuckDBPyConnection,
    customers: npt.NDArray[np.object_],
    products: npt.NDArray[np.object_],
    lists: npt.NDArray[np.int64],
) -> None:
    """Write the lists as rows."""
    row, place = np.nonzero(lists >= 0)
    table = pa.table(
        {
            "profile_id": customers[row],
            "place": place + 1,
            "sku": products[lists[row, place]],
        }
    )
    connection.register("listed", table)
    connection.execute("create or replace table lists as from listed")


def ours(
    connection: duckdb.DuckDBPyConnection, ranker: Ranker
) -> npt.NDArray[np.int64]:
    """Recommend to everybody with ``ranker``."""
    purchases = numbered(connection.execute(READ).df())
    past = Past(purchases, END.timestamp() / 86_400, 30.0)
    found = []
    for customers in past.blocks(np.arange(len(purchases.customers))):
        scores = ranker.scores(past, customers)
        scores[past.owned[customers].nonzero()] = IMPOSSIBLE
        found.append(best(scores, LENGTH))
    lists = np.vstack(found)
    names = np.array(purchases.customers, dtype=object)
    write(connection, names, np.array(purchases.products, dtype=object), lists)
    return lists


def neighbours(connection: duckdb.DuckDBPyConnection) -> npt.NDArray[np.int64]:
    """Recommend to everybody with implicit's neighbours alone."""
    frame = connection.execute(READ).df()
    customer, customers = pd.factorize(frame["customer"], sort=True)
    product, products = pd.factorize(frame["product"], sort=True)
    counts = sp.csr_matrix((np.ones(len(frame), np.float32), (customer, product)))
    model = BM25Recommender(num_threads=1)
    model.fit(counts, show_progress=False)
    lists, _ = model.recommend(np.arange(len(customers)), counts, N=LENGTH)
    found = np.asarray(lists, dtype=np.int64)
    write(connection, np.asarray(customers), np.asarray(products), found)
    return found


def timed(way: Callable[[], object]) -> float:
    """Return the processor seconds of ``way``."""
    before = time.process_time()
    way()
    return time.process_time() - before


def main() -> None:
    """Print the ratio and both medians."""
    with duckdb.connect() as connection, threadpool_limits(1):
        make_purchases(connection)
        purchases = numbered(connection.execute(READ).df())
        ranker = trained(Split(purchases, END.timestamp() / 86_400, 30.0))
        mine, theirs = [], []
        for _ in range(ROUNDS):
            mine.append(timed(lambda: ours(connection, ranker)))
            theirs.append(timed(lambda: neighbours(connection)))
    one, other = statistics.median(mine), statistics.median(theirs)
    spread = (max(mine) - min(mine)) / one
    print(
        f"recommendations / implicit's neighbours: {one / other:.2f} "
        f"({one:.2f} / {other:.2f} CPU-s, {PEOPLE:,} people, {purchases.shape[1]:,} "
        f"products, {len(purchases):,} purchases, median of {ROUNDS}, spread {spread:.0%})"
    )


if __name__ == "__main__":
    main()
