"""Recommenders: what they learn, how they are judged, and that they see no future."""

import subprocess
import sys
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import scipy.sparse as sp
from threadpoolctl import threadpool_limits
from typer.testing import CliRunner

from orchestration.command.main import app
from orchestration.command.recommenders import verdict
from orchestration.predictions.recommenders.affinities import affinities
from orchestration.predictions.recommenders.backtest import (
    bought_most,
    evaluate_recommendations,
    split_of,
    trained,
)
from orchestration.predictions.recommenders.content import similarity_of, vectors_of
from orchestration.predictions.recommenders.habits import HABITS
from orchestration.predictions.recommenders.judging import difference, judge
from orchestration.predictions.recommenders.past import Past
from orchestration.predictions.recommenders.purchases import (
    UnusableOrdersError,
    purchases_of,
)
from orchestration.predictions.recommenders.purchases_file import read_orders
from orchestration.predictions.recommenders.ranker import IMPOSSIBLE, Ranker, best

START = datetime(2026, 1, 1)


def made_orders(customers: int = 300, seed: int = 3) -> pa.Table:
    """Orders of people who like one of four kinds of goods, and come back to some."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        kind = customer % 4
        for order in range(int(rng.integers(2, 8))):
            day = float(rng.random() * 150)
            for _ in range(3):
                own = rng.random() < 0.85
                product = int(rng.integers(0, 12)) + 12 * (
                    kind if own else int(rng.integers(0, 4))
                )
                rows.append(
                    {
                        "customer": f"c{customer:03d}",
                        "order_id": f"o{customer}-{order}",
                        "ordered_at": START + timedelta(days=day),
                        "product": f"p{product:02d}",
                        "name": f"{['tent', 'pot', 'lamp', 'coat'][product // 12]} {product}",
                        "quantity": 1.0,
                        "price": 5.0 + product,
                    }
                )
    return pa.Table.from_pylist(rows)


@pytest.fixture(scope="module")
def orders() -> pa.Table:
    return made_orders()


def test_having_one_product_speaks_for_those_bought_with_it() -> None:
    tent, stove, book = 0, 1, 2
    counts = sp.csr_array(np.array([[1, 1, 0]] * 6 + [[0, 0, 1]] * 6, dtype=float))

    found = affinities(counts).toarray()

    assert found[tent, stove] > 0 >= found[tent, book]
    assert not found.diagonal().any()


def test_a_product_that_one_customer_bought_speaks_for_nothing() -> None:
    counts = sp.csr_array(np.array([[1, 1], [1, 0], [1, 0]], dtype=float))

    assert not affinities(counts).toarray().any()


def test_ties_go_to_the_product_that_comes_first() -> None:
    scores = np.array([[0.5, 0.7000001, 0.7, IMPOSSIBLE], [1.0, 1.0, 2.0, IMPOSSIBLE]])

    assert best(scores, 4).tolist() == [[1, 2, 0, -1], [2, 0, 1, -1]]
    assert best(scores, 2).tolist() == [[1, 2], [2, 0]]


def test_lists_are_judged_by_place() -> None:
    bought = sp.csr_array(np.array([[1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 0]]))
    lists = np.array([[0, 1, -1], [0, 1, 2], [0, 1, 2]])

    judged = judge(lists, bought, np.array([True, True, True, True]))

    first = 1 / (1 + 1 / np.log2(3))
    assert judged.ndcg == pytest.approx((first + 1 / np.log2(3)) / 2)
    assert judged.recall == pytest.approx((0.5 + 1.0) / 2)
    assert judged.coverage == 0.75


def test_only_sold_lines_are_purchases_and_a_product_counts_once_an_order() -> None:
    line = {"customer": "c", "order_id": "o", "ordered_at": START, "product": "p"}
    rows = [
        {**line, "quantity": 1, "price": 2.0},
        {**line, "quantity": 5, "price": 2.0},
        {**line, "product": "given", "quantity": 1, "price": 0.0},
        {**line, "product": "returned", "quantity": -1, "price": 2.0},
        {**line, "customer": None, "quantity": 1, "price": 2.0},
    ]

    found = purchases_of(pa.Table.from_pylist(rows))

    assert (found.customers, found.products, len(found)) == (("c",), ("p",), 1)


def test_orders_without_what_is_needed_are_refused_with_a_sentence() -> None:
    line = {"customer": "c", "order_id": "o", "ordered_at": START, "product": "p"}
    with pytest.raises(UnusableOrdersError, match="lack ordered_at"):
        purchases_of(pa.Table.from_pylist([line]).drop_columns("ordered_at"))
    with pytest.raises(UnusableOrdersError, match="Fewer than 10 customers"):
        evaluate_recommendations(pa.Table.from_pylist([line]))


def test_tastes_are_recovered_and_popularity_beaten(orders: pa.Table) -> None:
    figures = evaluate_recommendations(orders)["recommenders"]

    for kind in ("all", "new"):
        popular = figures["most_popular"][kind]["ndcg_at_10"]
        for name in ("collaborative", "content_similarity"):
            assert figures[name][kind]["ndcg_at_10"] > 1.3 * popular, (name, kind)


def test_the_same_figures_with_rows_shuffled_and_with_other_threads(
    orders: pa.Table,
) -> None:
    shuffled = orders.take(np.random.default_rng(1).permutation(orders.num_rows))

    with threadpool_limits(1):
        alone = evaluate_recommendations(orders)
    with threadpool_limits(2):
        assert evaluate_recommendations(shuffled) == alone


def test_nothing_after_the_split_changes_what_is_learnt(orders: pa.Table) -> None:
    purchases = purchases_of(orders)
    split = split_of(purchases)
    later = np.array(
        [at >= START + timedelta(days=130) for at in orders["ordered_at"].to_pylist()]
    )
    names = [
        "p00" if is_later else name
        for name, is_later in zip(orders["product"].to_pylist(), later, strict=True)
    ]
    changed = orders.set_column(
        orders.column_names.index("product"), "product", pa.array(names)
    )
    other = split_of(purchases_of(changed), split.window)

    assert split.day < (START + timedelta(days=130) - datetime(1970, 1, 1)).days
    assert trained(split) == trained(other)
    customers = np.arange(50)
    ours, theirs = (
        trained(one).scores(one.past, customers).tolist() for one in (split, other)
    )
    assert ours == theirs


def test_parameters_come_back_from_json(orders: pa.Table) -> None:
    ranker = trained(split_of(purchases_of(orders)))

    assert Ranker.from_json(ranker.as_json()) == ranker
    assert ranker.again is not None


def test_what_nobody_ever_bought_twice_is_not_offered_again() -> None:
    orders = made_orders(200).to_pandas().drop_duplicates(["customer", "product"])
    split = split_of(purchases_of(pa.Table.from_pandas(orders)))
    ranker = trained(split)
    customers = split.judged

    scores = ranker.scores(split.past, customers)

    assert ranker.again is None
    assert (scores[split.past.owned[customers].nonzero()] == IMPOSSIBLE).all()


def test_vectors_of_words_are_those_of_the_library() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [["tent", "trail", "tent"], ["mug"], [], ["trail", "mug", "big mug"]]
    theirs = TfidfVectorizer(analyzer=list, sublinear_tf=True).fit_transform(texts)

    assert vectors_of(texts).toarray() == pytest.approx(theirs.toarray(), abs=1e-12)


def test_a_night_that_trains_nothing_does_not_load_what_trains() -> None:
    code = (
        "import sys, orchestration.definitions; "
        "print([one for one in ('sklearn', 'implicit', 'splink') if one in sys.modules])"
    )

    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert found.stdout == "[]\n"


def test_products_of_like_words_are_alike() -> None:
    catalogue = {
        "a": {"name": "Red Tent", "category": "Outdoor", "price": 90},
        "b": {"name": "Blue Tent", "category": "Outdoor", "price": 80},
        "c": {"name": "Soup Bowl", "category": "Kitchen", "price": 8},
    }
    similarity = similarity_of(["a", "b", "c", "unknown"], catalogue)
    line = {"customer": "x", "order_id": "o", "ordered_at": START}
    rows = [{**line, "product": product} for product in ("a",)]
    rows += [
        {**line, "customer": "y", "product": product}
        for product in ("b", "c", "unknown")
    ]
    past = Past(purchases_of(pa.Table.from_pylist(rows)), 30_000.0, 30.0)

    assert similarity is not None
    _, like, unlike, unknown = similarity.scores(past, np.array([0]))[0]
    assert like > unlike >= unknown == 0
    assert similarity_of(["a"], {}) is None


def test_the_features_of_what_one_has() -> None:
    line = {"customer": "x", "order_id": "1", "ordered_at": START, "product": "p"}
    later = {**line, "order_id": "2", "ordered_at": START + timedelta(days=4)}
    other = {**line, "order_id": "3", "product": "q"}
    purchases = purchases_of(pa.Table.from_pylist([line, later, other]))
    day = (START + timedelta(days=10) - datetime(1970, 1, 1)).days

    past = Past(purchases, float(day), 2.0)

    found = dict(zip(HABITS, past.habits.of(np.arange(2)).T, strict=True))
    assert np.expm1(found["times_bought"]).tolist() == pytest.approx([2, 1])
    assert np.expm1(found["days_since_bought"]).tolist() == pytest.approx([3, 5])
    assert found["share_of_orders"].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert np.expm1(found["orders_since_bought"]).tolist() == pytest.approx([0, 1])
    # one repeat in ten windows for both, drawn to that: p once more in five, q never
    rates = [(1 + 5 * 0.1) / (5 + 5), (0 + 5 * 0.1) / (5 + 5)]
    assert np.exp(found["product_rate"]).tolist() == pytest.approx(rates)
    own = [2 / (5 + 1 / rates[0]), 1 / (5 + 1 / rates[1])]
    assert np.exp(found["own_rate"]).tolist() == pytest.approx(own)
    due = [3 * own[0], 5 * own[1]]
    assert np.exp(found["due"]).tolist() == pytest.approx(due)
    assert found["due_above_0.0"].tolist() == pytest.approx(np.maximum(np.log(due), 0))
    fresh = [0.5**3 + 0.5**5, 0.5**5]
    assert np.expm1(found["recent_times_1.0"]).tolist() == pytest.approx(fresh)
    orders = 0.5**3 + 2 * 0.5**5
    shares = [(one + 0.02) / (orders + 0.2) for one in fresh]
    assert np.exp(found["recent_share_1.0"]).tolist() == pytest.approx(shares)
    assert past.affinities.nnz == 0


def made_groceries(seed: int) -> pa.Table:
    """Orders of people who run out of some things often and of others seldom."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(250):
        goods = rng.choice(60, 12, replace=False)
        pace = 12.0 * np.exp(rng.normal(0, 0.7, 12))
        due = rng.random(12) * pace
        for order, day in enumerate(np.cumsum(rng.exponential(6.0, 40))):
            if day > 150:
                break
            bought = np.flatnonzero(due <= day)
            due[bought] = day + rng.gamma(6.0, pace[bought] / 6.0)
            # a thing that is liked no more gives way to another one
            if rng.random() < 0.2:
                goods[rng.integers(12)] = rng.integers(60)
            rows += [
                {
                    "customer": f"c{customer:03d}",
                    "order_id": f"o{customer}-{order}",
                    "ordered_at": START + timedelta(days=float(day)),
                    "product": f"p{goods[one]:02d}",
                }
                for one in bought
            ]
    return pa.Table.from_pylist(rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_who_runs_out_of_things_is_told_better_than_by_what_they_bought_most(
    seed: int,
) -> None:
    figures = evaluate_recommendations(made_groceries(seed), window=10.0)
    judged = {name: of["all"] for name, of in figures["recommenders"].items()}

    most = judged["bought_most"]["ndcg_at_10"]
    assert judged["collaborative"]["ndcg_at_10"] >= 1.05 * most, judged
    assert most > judged["most_popular"]["ndcg_at_10"], judged
    assert judged["collaborative"]["above_bought_most"]["low"] > 0


def test_what_one_bought_most_comes_first_then_what_one_bought_last() -> None:
    line = {"customer": "x", "order_id": "1", "ordered_at": START, "product": "often"}
    rows = [line, {**line, "order_id": "2", "ordered_at": START + timedelta(days=1)}]
    for day, product in ((2, "long ago"), (5, "lately")):
        at = START + timedelta(days=day)
        rows.append(
            {**line, "order_id": f"{day}", "ordered_at": at, "product": product}
        )
    for other in ("y", "z"):
        rows.append({**line, "customer": other, "order_id": other, "product": "hit"})
    rows.append({**line, "customer": "y", "order_id": "w", "product": "flop"})
    purchases = purchases_of(pa.Table.from_pylist(rows))
    past = Past(purchases, purchases.last_day + 1, 2.0)

    (order,) = best(bought_most(past, np.array([0])), 5)

    names = [purchases.products[one] for one in order]
    assert names == ["often", "lately", "long ago", "hit", "flop"]


def test_a_model_of_before_does_not_look_at_what_it_did_not_know() -> None:
    split = split_of(purchases_of(made_groceries(1)), 10.0)
    ranker = trained(split)
    assert ranker.again is not None
    of_late = {name for name in HABITS if name.startswith("recent")}
    known = {
        name: weight for name, weight in ranker.again.items() if name not in of_late
    }
    unlearnt = {**ranker.again, **dict.fromkeys(of_late, 0.0)}

    old, same = (
        Ranker(ranker.first, again).scores(split.past, split.judged)
        for again in (known, unlearnt)
    )

    assert (old == same).all()
    assert (old != ranker.scores(split.past, split.judged)).any()


def test_the_command_prints_the_figures_of_any_file(
    tmp_path: Path, orders: pa.Table
) -> None:
    file = f"{tmp_path}/orders.csv"
    frame = orders.to_pandas()
    frame["ordered_at"] = frame["ordered_at"].dt.strftime("%d-%m-%Y %H:%M")
    frame.rename(columns={"customer": "Who is it", "ordered_at": "When"}).to_csv(file)
    arguments = ["model", "evaluate", "recommendations", "--orders", file]
    runner = CliRunner()

    good = runner.invoke(
        app, [*arguments, "--map", "Who is it=customer,When=date,product=product"]
    )
    bad = runner.invoke(app, [*arguments, "--map", "Who is it=customer"])
    absent = runner.invoke(app, [*arguments, "--map", "a=customer,b=date,c=product"])

    assert good.exit_code == 0, good.output
    names = [line.split()[0] for line in good.output.splitlines()[5:] if line]
    assert names == ["collaborative", "bought_most", "most_popular", "all:", "new:"]
    for refused in (bad, absent):
        assert refused.exit_code == 2
        assert "--map" in refused.output
    assert "has no column a, which --map names" in absent.output


def test_a_library_that_only_comparisons_need_may_be_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "implicit", None)
    monkeypatch.setattr("orchestration.command.options.find_spec", lambda _: None)
    command = ["model", "evaluate", "recommendations", "--orders", "no.csv"]
    command += ["--map", "a=customer"]

    beside = CliRunner().invoke(app, [*command, "--beside-implicit"])
    alone = CliRunner().invoke(app, command)

    assert beside.exit_code == 2
    assert "library implicit, which is not installed" in beside.output
    assert "nightpost[proof]" in beside.output
    assert "implicit" not in alone.output


def test_a_recommender_that_is_hardly_better_than_popularity_is_told_so() -> None:
    def of(
        ours: float, popular: float, best: float, low: float = 0.01
    ) -> dict[str, Any]:
        figures = {
            "collaborative": ours,
            "bought_most": 0.25,
            "most_popular": popular,
            "implicit_als": 0.01,
            "implicit_bm25": best,
        }
        apart = {"above_most_popular": {"low": low, "high": 0.1}}
        apart["above_bought_most"] = {"low": ours - 0.25, "high": ours - 0.2}
        return {
            name: {kind: {"ndcg_at_10": figure, **apart} for kind in ("all", "new")}
            for name, figure in figures.items()
        }

    much, _ = verdict(of(0.26, 0.2, 0.13))
    little, _ = verdict(of(0.2, 0.16, 0.25))
    nothing, _ = verdict(of(0.2, 0.0, 0.1))
    chance, _ = verdict(of(0.26, 0.2, 0.13, low=-0.02))

    assert much == (
        "all: collaborative is 4% above what the customer bought most, 30% above the most "
        "popular, 100% above implicit_bm25."
    )
    assert little.startswith(
        "all: collaborative is 20% below what the customer bought most, 25% above the most "
        "popular, 20% below implicit_bm25. "
    )
    assert "what the customer bought most cannot be told from chance" in little
    assert "a list of what is popular serves as well" in little
    assert "bought by nobody" in nothing
    assert "the most popular cannot be told from chance" not in much + little
    assert "the most popular cannot be told from chance" in chance
    assert "lie from -0.0200 to +0.1000" in chance


def test_a_difference_is_told_from_chance_by_drawing_customers_anew() -> None:
    draw = np.random.default_rng(5)
    popular = draw.random(400)
    above = popular + draw.normal(0.02, 0.1, 400)
    alike = popular + draw.normal(0.0, 0.1, 400)
    alike -= (alike - popular).mean() - 0.004

    is_above = difference(above, popular)
    is_alike = difference(alike, popular)

    # the normal interval: the mean and 1.96 standard errors, 0.1 / sqrt(400) each
    for found, spread in ((is_above, above - popular), (is_alike, alike - popular)):
        error = spread.std() / 20
        assert found["low"] == pytest.approx(spread.mean() - 1.96 * error, abs=1.5e-3)
        assert found["high"] == pytest.approx(spread.mean() + 1.96 * error, abs=1.5e-3)
    assert is_above["low"] > 0 > is_alike["low"]
    assert difference(above, popular) == is_above
    assert difference(popular[:0], popular[:0])["high"] == 0


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-02-03", "2026-02-03 00:00:00"),
        ("2026-02-03 04:05:06", "2026-02-03 04:05:06"),
        ("03-02-2026", "2026-02-03 00:00:00"),
        ("2/13/2026 4:05", "2026-02-13 04:05:00"),
        ("13/2/2026 4:05", "2026-02-13 04:05:00"),
        ("1770091506", "2026-02-03 04:05:06"),
        ("1770091506000", "2026-02-03 04:05:06"),
    ],
)
def test_dates_are_read_as_they_are_written(
    tmp_path: Path, written: str, read: str
) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(f"who;when;what\nJosé;{written};Crème\n".encode("latin-1"))

    read_file = read_orders(file, ["who=customer,when=date", "what=product"])
    found = read_file.orders.to_pylist()

    assert bool(read_file.words) is written.startswith("03")
    assert [str(row["ordered_at"]) for row in found] == [read]
    assert (found[0]["customer"], found[0]["product"]) == ("José", "Crème")
    assert found[0]["order_id"] == f"José/{read[:10]}"


def test_a_column_that_is_no_date_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("who,when,what\na,soon,b\n")

    with pytest.raises(UnusableOrdersError, match="when cannot be read as dates"):
        read_orders(file, ["who=customer,when=date,what=product"])


def test_prices_are_read_as_they_are_written(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    prices = ["£1,200.50", *["£3.00"] * 20, "gift"]
    file.write_text(
        "who;when;what;paid\n" + "".join(f"a;2026-01-02;b;{one}\n" for one in prices)
    )

    found = read_orders(file, ["who=customer,when=date,what=product,paid=price"])

    assert sorted(found.orders["price"].drop_null().to_pylist())[-2:] == [3.0, 1200.5]
    assert found.words == (
        "1 values in the column paid cannot be read; their rows are left out.",
    )


def test_affinities_keep_only_what_says_most() -> None:
    rng = np.random.default_rng(1)
    counts = sp.csr_array((rng.random((400, 150)) < 0.2).astype(float))

    found = affinities(counts)

    assert np.bincount(found.indices).max() <= 101
    assert all(one <= other for one, other in pairwise(found.indptr.tolist()))
