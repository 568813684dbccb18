"""BG/NBD and Gamma-Gamma are what the papers say, and give each person what is theirs."""

from dataclasses import replace
from datetime import date, timedelta

import duckdb
import numpy as np
import pytest
from scipy.stats import nbinom

from orchestration.predictions.lifetime import bgnbd, gamma_gamma, lifetime_tests
from orchestration.predictions.lifetime.bgnbd import Histories, Purchasing
from orchestration.predictions.lifetime.lifetime import (
    Buyers,
    Shop,
    TooFewBuyersError,
    expected_orders,
    fewest_orders,
    grouped,
    likely_orders,
    order_value,
)

# What Fader, Hardie and Lee (2005), table 2, report for the CDNOW data, in weeks.
CDNOW = Purchasing(r=0.243, alpha=4.414, a=0.793, b=2.426)
NIGHT = date(2026, 3, 31)


def simulate(
    truth: Purchasing, people: int, age: float, more: float, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw frequency, recency and later purchases of customers who came at day 0."""
    draw = np.random.default_rng(seed)
    rates = draw.gamma(truth.r, 1 / truth.alpha, people)
    leaves = draw.beta(truth.a, truth.b, people)
    frequency, recency, later = np.zeros((3, people))
    for one in range(people):
        at = 0.0
        while True:
            at += draw.exponential(1 / max(rates[one], 1e-12))
            if at > age + more:
                break
            if at <= age:
                frequency[one] += 1
                recency[one] = at
            else:
                later[one] += 1
            if draw.random() < leaves[one]:
                break
    return frequency, recency, later


def test_the_gradient_is_that_of_the_likelihood() -> None:
    frequency, recency, _ = simulate(CDNOW, 300, 39, 0, 1)
    histories = Histories(frequency, recency, np.full(300, 39.0), np.ones(300))
    likelihood = bgnbd.Likelihood(histories, 1.0)
    at = np.log([0.4, 3.0, 0.7, 1.9])
    worth = gamma_gamma.Likelihood(np.array([1.0, 2, 3]), np.array([10.0, 20, 5]))

    for function, point in ((likelihood, at), (worth, at[:3])):
        _, gradient = function(point)
        for which, step in enumerate(np.eye(point.size) * 1e-6):
            slope = (function(point + step)[0] - function(point - step)[0]) / 2e-6
            assert gradient[which] == pytest.approx(slope, abs=1e-6)


def test_the_likelihood_is_the_one_of_the_paper() -> None:
    # equation 6 by hand for one customer: x = 2, t_x = 30.43, T = 38.86
    from math import exp, gamma

    r, alpha, a, b = CDNOW.r, CDNOW.alpha, CDNOW.a, CDNOW.b
    x, seen, age = 2, 30.43, 38.86
    by_hand = gamma(r + x) / gamma(r) * alpha**r
    by_hand *= gamma(a + b) * gamma(b + x) / gamma(b) / gamma(a + b + x)
    by_hand *= (alpha + age) ** -(r + x) + a / (b + x - 1) * (alpha + seen) ** -(r + x)
    one = [np.array([value]) for value in (2.0, seen, age, 1.0)]
    value, _ = bgnbd.Likelihood(Histories(*one), 1.0)(np.log([r, alpha, a, b]))

    assert exp(-value) == pytest.approx(by_hand, rel=1e-12)


def test_expected_purchases_and_probability_alive_are_the_published_ones() -> None:
    # customer 1 of the published CDNOW summary: 1.226 purchases in the next 39 weeks
    one = [np.array([value]) for value in (2.0, 30.43, 38.86)]

    assert bgnbd.expected(CDNOW, *one, 39.0)[0] == pytest.approx(1.226, abs=1e-3)
    assert bgnbd.alive(CDNOW, *one)[0] == pytest.approx(0.7266, abs=1e-3)
    nobody = [np.array([value]) for value in (0.0, 0.0, 38.86)]
    assert bgnbd.alive(CDNOW, *nobody)[0] == 1.0


def test_a_known_rate_is_what_the_formula_nears_as_r_grows() -> None:
    x, seen, age = np.array([0.0, 4, 9]), np.array([0.0, 110, 290]), np.full(3, 300.0)
    # a rate of one in 30 days; nearly nobody leaves, some leave
    for a, b in ((1e-4, 50.0), (4.0, 400.0)):
        off = []
        for r in (20.0, 200.0, 2000.0):
            model = Purchasing(r, 30 * r, a, b)
            exact = bgnbd.expected(model, x, seen, age, 90.0)
            limit = bgnbd.at_known_rate(model, x, age, 90.0)
            limit = limit * bgnbd.alive(model, x, seen, age)
            off.append(float(np.abs(limit / exact - 1).max()))
        assert off[0] < 5e-3
        assert off[2] < 5e-4


def test_regular_buyers_are_expected_at_their_rate() -> None:
    # r and alpha of a fit on monthly buyers: the hypergeometric function gives no number
    model = Purchasing(160_000.0, 4_800_000.0, 7e-6, 60.0)
    x, seen, age = np.array([9.0]), np.array([280.0]), np.array([290.0])

    assert bgnbd.expected(model, x, seen, age, 90.0)[0] == pytest.approx(3, abs=0.01)


def test_a_fit_on_regular_buyers_expects_what_they_go_on_to_buy() -> None:
    age = np.repeat(np.arange(100.0, 400.0), 2)
    x = np.floor(age / 30)
    fitted = bgnbd.fit(Histories(x, x * 30, age, np.ones(x.size)))
    foretold = bgnbd.expected(fitted, x, x * 30, age, 90.0)

    assert foretold.sum() == pytest.approx(3 * x.size, rel=0.1)


def test_a_model_without_a_finite_number_is_refused() -> None:
    with duckdb.connect() as connection:
        model, buyers = shop(connection).fitted(NIGHT)
        broken = replace(model, orders_per_day=float("nan"))
        with pytest.raises(TooFewBuyersError, match="400 of 400 buyers no finite"):
            expected_orders(broken, buyers, 90)
        with pytest.raises(TooFewBuyersError, match="no finite number"):
            order_value(broken, buyers)


def test_a_fit_foretells_what_simulated_customers_do() -> None:
    frequency, recency, later = simulate(CDNOW, 6000, 39, 39, 2)
    age = np.full(6000, 39.0)
    fitted = bgnbd.fit(Histories(frequency, recency, age, np.ones(6000)))
    foretold = bgnbd.expected(fitted, frequency, recency, age, 39.0)

    assert foretold.sum() / later.sum() == pytest.approx(1, abs=0.08)
    often = frequency >= 3
    assert foretold[often].sum() / later[often].sum() == pytest.approx(1, abs=0.12)


def test_customers_who_are_alike_are_one_row_and_change_nothing() -> None:
    frequency, recency, _ = simulate(CDNOW, 400, 39, 0, 3)
    days = np.floor(recency)
    buyers = Buyers(
        NIGHT, np.arange(400).astype(object), frequency, days, np.full(400, 39.0),
        frequency + 1, frequency + 1, frequency + 1,
    )  # fmt: skip
    alone = Histories(frequency, days, np.full(400, 39.0), np.ones(400))

    rows = grouped(buyers)

    assert rows.count.sum() == 400 > rows.count.size
    one, other = bgnbd.fit(rows), bgnbd.fit(alone)
    assert one.as_json() == pytest.approx(other.as_json(), rel=1e-3)


def test_worth_is_drawn_to_the_mean_of_all_the_less_is_known() -> None:
    draw = np.random.default_rng(4)
    purchases = draw.integers(1, 6, 3000).astype(float)
    mean_of = 5.0 * 30 / draw.gamma(4.0, 1.0, 3000)
    average = draw.gamma(5.0 * purchases, mean_of / (5.0 * purchases))
    fitted = gamma_gamma.fit(purchases, average)
    found = gamma_gamma.expected(
        fitted, np.array([1.0, 50.0]), np.array([200.0, 200.0])
    )
    of_all = fitted.v * fitted.p / (fitted.q - 1)

    assert (fitted.p, fitted.q) == pytest.approx((5.0, 4.0), rel=0.15)
    assert of_all < found[0] < found[1] < 200


def shop(connection: duckdb.DuckDBPyConnection, more: str = "") -> Shop:
    """Make a small shop: 400 buyers over 400 days, every seventh of them a regular."""
    connection.execute(
        f"""
        create or replace table orders as
        with
            buyers as (select range as n from range(400)),
            bought as (
                select n, unnest(range(n % 100, 400, case when n % 7 = 0 then 20
                    else 60 + n % 90 end)) as nth
                from buyers
            )
        select
            'p' || n as profile_id, date '2025-02-25' + nth::int as ordered_date,
            date '2025-02-25' + nth::int as known_date,
            (20 + n % 13 + nth % 5)::decimal(18, 2) as amount
        from bought
        {more}
        """
    )
    return Shop(connection, "orders", date(2025, 2, 25))


def test_regulars_are_expected_more_often_and_likely_orders_are_whole() -> None:
    with duckdb.connect() as connection:
        model, buyers = shop(connection).fitted(NIGHT)
    expected = expected_orders(model, buyers, 90)
    regular = buyers.frequency > 12
    likely = likely_orders(model, buyers, expected)

    assert expected[regular].min() > expected[~regular].max()
    assert set(likely % 1) == {0.0}
    assert abs(likely - expected).max() < 2


def test_the_fewest_orders_are_the_quantile_that_scipy_finds() -> None:
    random = np.random.default_rng(1)
    shape = random.gamma(1, 2, 5_000) + 0.05
    chance = shape / (shape + random.gamma(0.5, 6, shape.size))
    level = random.uniform(0, 0.5, shape.size)

    found = fewest_orders(level, shape, chance)

    assert found.max() > 10
    assert found.tolist() == nbinom.ppf(level, shape, chance).tolist()
    assert fewest_orders(-level, shape, chance).max() == 0


def test_what_is_known_later_changes_nothing_before() -> None:
    at = NIGHT - timedelta(days=90)
    late = "union all select 'p1', date '2025-03-01', date '2026-01-01', 999"
    after = "union all select 'p1', date '2026-01-02', date '2026-01-02', 999"
    with duckdb.connect() as connection:
        plain = shop(connection).fitted(at)[0]
        level = shop(connection).level(at, 90)
        for later in (late, after):
            assert plain == shop(connection, later).fitted(at)[0]
            assert level == shop(connection, later).level(at, 90)
        assert plain != shop(connection, late.replace("2026", "2025")).fitted(at)[0]


def test_weeks_in_which_people_spent_more_raise_worth_and_not_orders() -> None:
    dearer = f"""(
        select
            * replace (
                case when ordered_date > date '{NIGHT}' - 90 then 2 else 1 end * amount
                as amount
            )
        from orders
    )"""
    with duckdb.connect() as connection:
        plain = shop(connection)
        as_ever = plain.level(NIGHT, 90)
        found = Shop(connection, dearer, plain.first).level(NIGHT, 90)

    assert found.orders == pytest.approx(as_ever.orders, abs=1e-6)
    assert found.worth > as_ever.worth * 1.15


def test_what_is_given_back_lowers_worth_and_is_no_purchase() -> None:
    back = "union all select 'p1', date '2025-03-01', date '2025-03-01', -10"
    with duckdb.connect() as connection:
        plain, before = shop(connection).fitted(NIGHT)
        model, after = shop(connection, back).fitted(NIGHT)

    who = before.people == "p1"
    assert before.frequency[who] == after.frequency[who]
    assert before.net_amount[who] - after.net_amount[who] == 10
    assert model.kept_share < plain.kept_share == 1.0


def test_too_few_buyers_are_refused_with_what_is_missing() -> None:
    with duckdb.connect() as connection:
        one = shop(connection)
        with pytest.raises(TooFewBuyersError, match="there are 10, "):
            one.fitted(date(2025, 3, 7))


def test_a_model_has_a_card_with_three_origins_and_is_the_same_in_any_order() -> None:
    with duckdb.connect() as connection:
        first = lifetime_tests.train_and_judge(shop(connection), NIGHT)
        connection.execute(
            "create or replace table orders as from orders order by hash(profile_id)"
        )
        again = lifetime_tests.train_and_judge(
            Shop(connection, "orders", date(2025, 2, 25)), NIGHT
        )

    assert first == again
    assert len(first.card["origins"]) == 3
    assert set(first.card["holdout"]["model"]) >= {"mae", "orders_ratio", "value_ratio"}
    assert first.parameters["purchasing"].keys() == {"r", "alpha", "a", "b"}


def test_days_after_which_nothing_came_are_not_judged() -> None:
    with duckdb.connect() as connection:
        one = shop(connection)
        with pytest.raises(TooFewBuyersError, match=", 0 came in the 90 days after"):
            lifetime_tests.test_at(one, date(2026, 6, 1), 90, date(2026, 9, 1))
