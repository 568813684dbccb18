"""`nightpost model evaluate recommendations`: the proof on any table of orders."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration.command.options import require_library

USAGE = 2
KINDS = ("all", "new")
# Below it a recommender is not worth its keep.
WORTH_IT = 1.3


def evaluate_recommendations(
    orders: Annotated[
        Path, typer.Option("--orders", help="CSV or Parquet, one row per order line.")
    ],
    meanings: Annotated[
        list[str],
        typer.Option(
            "--map",
            help="column=meaning, several with commas or again: customer, order, date, "
            "product; where known quantity, price, name, category, brand, tags.",
        ),
    ],
    beside_implicit: Annotated[
        bool,
        typer.Option(
            "--beside-implicit", help="Judge the models of implicit on the same split."
        ),
    ] = False,
    holdout_days: Annotated[
        float | None,
        typer.Option(help="Days to judge by; default 30, at most a fifth of the time."),
    ] = None,
) -> None:
    """Judge each recommender on what was bought after a split in time."""
    if beside_implicit:
        require_library("implicit", "--beside-implicit")
    from orchestration.predictions.recommenders import backtest as evaluation
    from orchestration.predictions.recommenders.purchases import UnusableOrdersError
    from orchestration.predictions.recommenders.purchases_file import read_orders

    try:
        read = read_orders(orders, meanings)
        figures = evaluation.evaluate_recommendations(
            read.orders,
            window=holdout_days,
            beside_implicit=beside_implicit,
        )
    except UnusableOrdersError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from None
    typer.echo("\n".join([*read.words, *report(figures)]))


def report(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a report on ``figures``, as `evaluate_recommendations` gives."""
    unknown = figures["share_of_customers_unknown_at_the_split"]
    yield (
        f"Split at {figures['split_at']}, judged by the {figures['window_days']:g} days "
        f"after: {figures['customers']:,} customers and {figures['products']:,} products "
        f"before, {figures['judged_customers']:,} customers who came back. "
        f"{unknown:.1%} of the customers after it were unknown before."
    )
    yield "all: products that a customer has may be named. new: they may not."
    yield (
        "collaborative is what a night trains and asks; bought_most what the customer "
        "bought in most orders, recent first."
    )
    yield ""
    yield (
        f"{'recommender':<20} {'NDCG@10 all':>12} {'new':>8} {'recall@10 all':>14} "
        f"{'new':>8} {'coverage all':>13} {'new':>8}"
    )
    for name, judged in figures["recommenders"].items():
        every, new = judged["all"], judged["new"]
        yield (
            f"{name:<20} {every['ndcg_at_10']:>12.4f} {new['ndcg_at_10']:>8.4f} "
            f"{every['recall_at_10']:>14.4f} {new['recall_at_10']:>8.4f} "
            f"{every['coverage']:>13.4f} {new['coverage']:>8.4f}"
        )
    yield ""
    yield from verdict(figures["recommenders"])


def verdict(judged: Mapping[str, Any]) -> Iterator[str]:
    """Yield how ours does beside the baselines and the best of implicit, in words."""
    theirs = [name for name in judged if name.startswith("implicit_")]
    for kind in KINDS:
        ours = judged["collaborative"][kind]["ndcg_at_10"]
        popular = judged["most_popular"][kind]["ndcg_at_10"]
        if not popular:
            yield f"{kind}: the most popular products were bought by nobody who came back."
            continue
        says = f"{kind}: collaborative is "
        if kind == "all":
            most = judged["bought_most"][kind]["ndcg_at_10"]
            says += f"{over(ours, most)} what the customer bought most, "
        says += f"{over(ours, popular)} the most popular"
        if theirs:
            best = max(theirs, key=lambda one: judged[one][kind]["ndcg_at_10"])
            says += f", {over(ours, judged[best][kind]['ndcg_at_10'])} {best}"
        between = judged["collaborative"][kind]["above_most_popular"]
        if between["low"] <= 0 <= between["high"]:
            says += (
                ". Its distance from the most popular cannot be told from chance: with "
                "customers drawn anew, 95% of the differences in NDCG@10 lie from "
                f"{between['low']:+.4f} to {between['high']:+.4f}"
            )
        if kind == "all":
            between = judged["collaborative"][kind]["above_bought_most"]
            if between["low"] <= 0:
                says += (
                    ". Its distance from what the customer bought most cannot be told from "
                    "chance: 95% of the differences lie from "
                    f"{between['low']:+.4f} to {between['high']:+.4f}"
                )
        if ours < WORTH_IT * popular:
            says += (
                ". That is little: here, what somebody bought says nearly nothing of what "
                "they buy next, and a list of what is popular serves as well"
            )
        yield f"{says}."


def over(ours: float, other: float) -> str:
    """Return by how much ``ours`` is above or below the other."""
    if not other:
        return "far above"
    share = ours / other - 1
    return f"{abs(share):.0%} {'above' if share >= 0 else 'below'}"
