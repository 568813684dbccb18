"""Tonight's candidates of the two recommenders, from what the marts know by now.

A plain step between dbt's stages: it reads marts and writes `predictions.candidates`.
What becomes of candidates (rules, what is viewed, what is owned, how all is blended) is
SQL: `marts/foretold/recommendations.sql`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import scipy.sparse as sp

from orchestration.home.redaction import redact
from orchestration.home.tables import handed
from orchestration.predictions.recommenders.backtest import (
    LONGEST_WINDOW,
    WINDOWS_NEEDED,
)
from orchestration.predictions.recommenders.content import similarity_of
from orchestration.predictions.recommenders.past import CELLS_AT_ONCE, Past
from orchestration.predictions.recommenders.purchases import (
    SECONDS_A_DAY,
    Flags,
    Floats,
    Ints,
    Purchases,
    numbered,
)
from orchestration.predictions.recommenders.ranker import (
    DIGITS,
    IMPOSSIBLE,
    Ranker,
    best,
)

SCHEMA, TABLE = "predictions", "candidates"
COLUMNS: Mapping[str, str] = {
    "profile_id": "varchar",
    "recommender": "varchar",
    "place": "integer",
    "sku": "varchar",
    "score": "double",
}
COLLABORATIVE, CONTENT = "collaborative", "content_similarity"
CANDIDATES = 20
# What somebody looked at says less of their taste than what they bought.
WEIGHT_OF_A_VIEW = 0.5
DAYS_OF_VIEWS = 30

PURCHASES = """
    select lines.profile_id as customer, lines.order_id, lines.ordered_at,
        lines.sku as product
    from marts.order_lines as lines
    cross join clock.run_context
    anti join intermediate.int_personalisation_refused as refusals using (profile_id)
    where lines.is_kept and lines.profile_id is not null and lines.sku is not null
        and lines.order_id is not null and lines.ordered_at < run_context.as_of_at
"""
VIEWS = f"""
    select distinct views.profile_id as customer, views.sku as product
    from marts.web_events as views
    cross join clock.run_context
    anti join intermediate.int_personalisation_refused as refusals using (profile_id)
    where views.event_name = 'product_view' and views.sku is not null
        and views.profile_id is not null and views.event_at < run_context.as_of_at
        and views.event_at >= run_context.as_of_at - interval {DAYS_OF_VIEWS} day
"""
PEOPLE = """
    select profile_id as customer, gender, age_band, country_code
    from marts.profiles
    left join (select profile_id, age_band from marts.profile_facts) using (profile_id)
    anti join intermediate.int_personalisation_refused using (profile_id)
    order by customer
"""
CATALOGUE = """
    select sku as product, product_name as name, category, brand, tags, price,
        offered.sku is not null as is_offered,
        coalesce(offered.is_one_time, true) as is_one_time
    from marts.products as products
    left join (select sku, is_one_time from marts.offered_products) as offered using (sku)
"""


class RecommendationsError(Exception):
    """The candidates could not be worked out; the message names no person's data."""


@dataclass(frozen=True)
class Known:
    """What the recommenders may know on a night; a product's row is its number."""

    purchases: Purchases
    views: pd.DataFrame
    catalogue: pd.DataFrame
    people: pd.DataFrame
    as_of: float
    _pasts: dict[float, Past] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def past(self) -> Past:
        """The purchases up to the night, as `Ranker` was trained on them."""
        return self.past_in(self.window)

    @property
    def window(self) -> float:
        """The days that are foretold: what `model evaluate` judges by, too."""
        if not len(self.purchases):
            return LONGEST_WINDOW
        span = self.as_of - self.purchases.first_day
        return min(LONGEST_WINDOW, span / WINDOWS_NEEDED)

    def past_in(self, window: float) -> Past:
        """Return the purchases up to the night; what it works out serves all that ask."""
        if window not in self._pasts:
            self._pasts[window] = Past(self.purchases, self.as_of, window)
        return self._pasts[window]

    @property
    def words(self) -> dict[str, dict[str, object]]:
        """What the catalogue says of each product."""
        plain = self.catalogue.astype(object).where(self.catalogue.notna(), None)
        return {
            str(product): {str(name): value for name, value in facts.items()}
            for product, facts in plain.to_dict("index").items()
        }


@dataclass(frozen=True)
class Recommended:
    """How many people got candidates from each recommender."""

    people: Mapping[str, int]
    rows: int


def write_empty_candidates(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the table of this step without rows, so that what reads it compiles."""
    listed = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"create schema if not exists {SCHEMA}")
    connection.execute(f"create or replace table {SCHEMA}.{TABLE} ({listed})")


def read_known(connection: duckdb.DuckDBPyConnection) -> Known:
    """Return what the marts know of purchases, views and products.

    Raises:
        RecommendationsError: the engine refused.
    """
    try:
        bought = connection.execute(PURCHASES).df()
        views = connection.execute(VIEWS).df()
        catalogue = connection.execute(CATALOGUE).df()
        people = connection.execute(PEOPLE).df()
        clock = connection.execute("select as_of_at from clock.run_context").fetchone()
    except duckdb.Error as error:
        raise RecommendationsError(
            "What people bought could not be read, so nothing was recommended. "
            f"The engine says: {redact(str(error))}"
        ) from None
    instant: datetime = clock[0] if clock else datetime.min
    as_of = instant.replace(tzinfo=UTC).timestamp() / SECONDS_A_DAY
    everybody = numbered(bought)
    catalogue = catalogue.set_index("product").sort_index()
    return Known(everybody, views, catalogue, people, as_of)


def recommend(
    connection: duckdb.DuckDBPyConnection,
    known: Known,
    ranker: Ranker | None,
    *,
    window: float | None = None,
    with_content: bool = True,
) -> Recommended:
    """Write `predictions.candidates` of those recommenders that serve tonight.

    ``window`` holds the days that ``ranker`` was trained to foretell; None: tonight's.

    Raises:
        RecommendationsError: the engine refused.
    """
    parts = {
        COLLABORATIVE: ()
        if ranker is None
        else collaborative_rows(known, ranker, window or known.window),
        CONTENT: content_rows(known) if with_content else (),
    }
    write_empty_candidates(connection)
    people: dict[str, int] = {}
    rows = 0
    for recommender, blocks in parts.items():
        # nobody stands in two blocks, and both come in the order of people's ids
        for block in blocks:
            with handed(connection, candidate_rows=block):
                connection.execute(
                    f"insert into {SCHEMA}.{TABLE} "
                    f"select {', '.join(COLUMNS)} from candidate_rows"
                )
            rows += block.num_rows
            served = len(block["profile_id"].unique())
            people[recommender] = people.get(recommender, 0) + served
    return Recommended(people, rows)


def collaborative_rows(
    known: Known, ranker: Ranker, window: float
) -> Iterator[pa.Table]:
    """Yield the candidates of everybody who bought something."""
    past, purchases = known.past_in(window), known.purchases
    if not len(purchases):
        return
    facts = known.catalogue.reindex(list(purchases.products))
    for customers in past.blocks(np.arange(len(purchases.customers))):
        scores = ranker.scores(past, customers)
        leave_out(scores, past.owned[customers], facts)
        names = np.array(purchases.customers, dtype=object)[customers]
        yield listed(COLLABORATIVE, names, purchases.products, scores)


def content_rows(known: Known) -> Iterator[pa.Table]:
    """Yield the candidates of everybody who bought or viewed something."""
    products = tuple(known.catalogue.index)
    similarity = similarity_of(products, known.words)
    if similarity is None:
        return
    bought = pd.DataFrame(
        {
            "customer": np.array(known.purchases.customers, dtype=object)[
                known.purchases.customer
            ],
            "product": np.array(known.purchases.products, dtype=object)[
                known.purchases.product
            ],
            "weight": 1.0,
        }
    )
    viewed = known.views.assign(weight=WEIGHT_OF_A_VIEW)
    liked = pd.concat([bought, viewed])
    liked = liked[liked["product"].isin(products)]
    if liked.empty:
        return
    codes, names = pd.factorize(liked["customer"].astype(str), sort=True)
    place = known.catalogue.index.get_indexer(pd.Index(liked["product"]))
    shape = (len(names), len(products))
    weights = sp.csr_array((liked["weight"].to_numpy(), (codes, place)), shape=shape)
    is_bought = (liked["weight"] == 1.0).to_numpy()
    owned = sp.csr_array(
        (np.ones(is_bought.sum()), (codes[is_bought], place[is_bought])), shape=shape
    )
    size = max(1, CELLS_AT_ONCE // len(products))
    for start in range(0, len(names), size):
        block = slice(start, start + size)
        scores = similarity.compared(weights[block])
        scores[scores <= 0] = IMPOSSIBLE
        leave_out(scores, owned[block], known.catalogue)
        yield listed(CONTENT, np.asarray(names[block]), products, scores)


def leave_out(scores: Floats, owned: sp.csr_array, facts: pd.DataFrame) -> None:
    """Make impossible what is not on offer, and what one has and needs no second of."""
    # of a product that no catalogue names nothing is known: not offered, bought once
    is_offered: Flags = facts["is_offered"].eq(True).to_numpy(dtype=bool)
    is_one_time: Flags = facts["is_one_time"].ne(False).to_numpy(dtype=bool)
    scores[:, ~is_offered] = IMPOSSIBLE
    rows, columns = owned.nonzero()
    has = is_one_time[columns]
    scores[rows[has], columns[has]] = IMPOSSIBLE


def listed(
    recommender: str, people: Floats, products: tuple[str, ...], scores: Floats
) -> pa.Table:
    """Return the best products of each row as rows of the table."""
    lists: Ints = best(scores, CANDIDATES)
    row, place = np.nonzero(lists >= 0)
    product = lists[row, place]
    return pa.table(
        {
            "profile_id": named(row, people),
            "recommender": named(np.zeros_like(row), [recommender]),
            "place": place + 1,
            "sku": named(product, products),
            "score": np.round(scores[row, product], DIGITS) + 0.0,
        }
    )


def named(places: Ints, names: Sequence[str] | Floats) -> pa.DictionaryArray:
    """Return the name at each place, each name written once."""
    return pa.DictionaryArray.from_arrays(places, pa.array(list(names), pa.string()))
