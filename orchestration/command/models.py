"""`nightpost model …`: judge the models on any table of orders, train, show a card."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration.command.options import (
    DAY_FORM,
    Home,
    examples,
    parse_day,
    settings_of_home,
    stop,
)
from orchestration.command.recommenders import evaluate_recommendations

ORDERS_EXAMPLE = (
    "--orders orders.csv --map buyer=customer,id=order,day=date,total=amount"
)

model_app = typer.Typer(
    no_args_is_help=True,
    help="Models: judge them on any orders, train, show cards.",
    epilog=examples(
        "nightpost model card lifetime_value", "nightpost model evaluate --help"
    ),
)
evaluate_app = typer.Typer(
    no_args_is_help=True,
    help="Train before a day, test after it, print the figures.",
    epilog=examples(f"nightpost model evaluate ltv {ORDERS_EXAMPLE}"),
)
model_app.add_typer(evaluate_app, name="evaluate")
evaluate_app.command(
    "recommendations",
    epilog=examples(
        "nightpost model evaluate recommendations --orders lines.csv "
        "--map buyer=customer,id=order,day=date,sku=product"
    ),
)(evaluate_recommendations)

RECOMMENDERS = "recommenders"
Orders = Annotated[
    Path, typer.Option(help="CSV, JSON lines or Parquet, or a folder of one kind.")
]
Mapping = Annotated[
    str,
    typer.Option(
        "--map",
        help=(
            "column=meaning,…; meanings: customer, date, order, amount, or quantity and "
            "price, product, product_text."
        ),
    ),
]
Holdout = Annotated[
    int | None, typer.Option("--days", min=1, help="Days that are foretold.")
]
Split = Annotated[
    date | None,
    typer.Option(
        "--split",
        parser=parse_day,
        metavar=DAY_FORM,
        help="The last day known; default: three.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Everything, as JSON.")]


@evaluate_app.command(epilog=examples(f"nightpost model evaluate ltv {ORDERS_EXAMPLE}"))
def ltv(
    orders: Orders,
    columns: Mapping,
    days: Holdout = None,
    split: Split = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Compare expected orders with those that came, beside two plain guesses.

    These are `the same as last period`, which is the baseline, and `nobody orders`.
    """
    found = evaluated("evaluate_ltv", orders, columns, days, split)
    show(
        found,
        ("orders_ratio", "value_ratio", "mae", "mae_of_the_mean", "rmse"),
        as_json,
    )
    if not as_json:
        for name, gate in found["gates"].items():
            passed = "passed" if gate["is_passed"] else "not passed"
            typer.echo(
                f"Gate `{name}`: {passed}, mae {gate['mae']:.4f} against "
                f"{gate['baseline_mae']:.4f}."
            )
        typer.echo(
            "A night lets the model serve that passes `the same as last period`.\n"
            "orders_ratio is foretold over actual: 1 is best. mae is the error per customer "
            "of the likely number of orders, mae_of_the_mean that of the expected one."
        )


@evaluate_app.command(
    epilog=examples(f"nightpost model evaluate propensity {ORDERS_EXAMPLE} --days 30")
)
def propensity(
    orders: Orders,
    columns: Mapping,
    days: Holdout = None,
    split: Split = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show how well the next days' buyers are told from others, beside recency alone."""
    found = evaluated("evaluate_propensity", orders, columns, days, split)
    names = ("auc", "brier", "calibration_error", "predicted_share", "observed_share")
    show(found, names, as_json)
    if not as_json:
        typer.echo("Calibration at the newest day: said, came, people")
        for said, came, people in found["calibration"]:
            typer.echo(f"  {said:>8.3f}{came:>8.3f}{people:>9,.0f}")


@model_app.command(epilog=examples("nightpost model train recommenders"))
def train(
    model: Annotated[
        str,
        typer.Argument(
            help="lifetime_value, buy_30, churn_90, click_14, or recommenders for both."
        ),
    ],
    home: Home = None,
) -> None:
    """Train a model on the published night now; it serves the nights after that one."""
    from orchestration.home.published import NothingPublishedError
    from orchestration.predictions.lifetime.lifetime import TooFewBuyersError
    from orchestration.predictions.nightly import train_again
    from orchestration.predictions.propensity.propensity import TooLittleDataError
    from orchestration.predictions.recommenders.again import train_recommenders

    settings = settings_of_home(home)
    try:
        found = (
            train_recommenders(settings)
            if model == RECOMMENDERS
            else (train_again(settings, model),)
        )
    except KeyError:
        stop(
            f"There is no model {model}: lifetime_value, buy_30, churn_90, click_14, "
            f"{RECOMMENDERS}."
        )
    except (TooFewBuyersError, TooLittleDataError) as error:
        stop(f"{model} was not trained: {error}.")
    except NothingPublishedError as error:
        stop(str(error))
    for one in found:
        typer.echo(f"{one.model} {one.version}\n{one.card['reason']}")
    if not found:
        stop("Nobody has bought anything yet, so no recommender was trained.")


@model_app.command(epilog=examples("nightpost model card lifetime_value"))
def card(
    model: Annotated[str, typer.Argument(help="The model's name.")], home: Home = None
) -> None:
    """Show the card of the newest version of a model, as JSON."""
    from orchestration.predictions.serving.promotion import earlier_models

    settings = settings_of_home(home)
    earlier = earlier_models(settings, model, date.max)
    if not earlier:
        trained = sorted(one.name for one in (settings.state / "models").glob("*"))
        stop(
            f"No published night of {settings.home} has trained a model {model}. It has: "
            f"{', '.join(trained) or 'none'}."
        )
    typer.echo(json.dumps(earlier[-1].card, indent=2))


def evaluated(
    name: str, orders: Path, columns: str, days: int | None, split: date | None
) -> dict[str, Any]:
    """Return the figures, or end with a sentence."""
    from orchestration.predictions.proof import evaluate
    from orchestration.predictions.proof.order_files import (
        OrdersRefusedError,
        parse_map,
    )

    try:
        found: dict[str, Any] = getattr(evaluate, name)(
            orders, parse_map(columns), days, split
        )
    except (OrdersRefusedError, evaluate.CannotEvaluateError) as error:
        stop(str(error))
    return found


def show(found: dict[str, Any], names: tuple[str, ...], as_json: bool) -> None:
    """Print the figures: a line per origin and side, then mean and spread."""
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    typer.echo(f"{found['data']}\nForetold: {found['holdout_days']} days.\n")
    typer.echo(f"{'known until':<14}{'':<10}" + "".join(f"{n:>19}" for n in names))
    for one in found["origins"]:
        for side in ("model", "baseline"):
            row = "".join(f"{one[side][name]:>19.4f}" for name in names)
            typer.echo(f"{one['at']:<14}{side:<10}{row}")
    for side in ("model", "baseline"):
        of_side = found["holdout"][side]
        row = "".join(
            f"{of_side[n]['mean']:>10.4f} ±{of_side[n]['spread']:>7.4f}" for n in names
        )
        typer.echo(f"{'mean':<14}{side:<10}{row}")
    for at, problem in found["not_tested"].items():
        typer.echo(f"Not tested at {at}: {problem}.")
