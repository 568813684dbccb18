"""On a real shop's orders the models foretell later ones better than their baselines."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.command.main import app
from orchestration.predictions.proof.evaluate import evaluate_ltv, evaluate_propensity
from orchestration.predictions.proof.order_files import (
    OrdersRefusedError,
    parse_map,
    read_orders,
)
from tests.vendors.real_data import real_file

YEARS = [
    f"purchases/online_retail_ii_year_{year}.parquet"
    for year in ("2009-2010", "2010-2011")
]
MAP = (
    "Customer ID=customer,Invoice=order,InvoiceDate=date,Quantity=quantity,Price=price"
)


def test_expected_orders_of_three_quarters_are_within_a_tenth_of_what_came(
    tmp_path: Path,
) -> None:
    for file in YEARS:
        (tmp_path / Path(file).name).symlink_to(real_file(file))

    found = evaluate_ltv(tmp_path, parse_map(MAP), None, None)

    assert [one["at"] for one in found["origins"]] == [
        "2011-09-10", "2011-08-11", "2011-07-12",
    ]  # fmt: skip
    for one in found["origins"]:
        assert one["model"]["orders_ratio"] == pytest.approx(1, abs=0.1)
        assert one["model"]["mae"] < one["baseline"]["mae"]
        worth, as_before = (one[who]["value_ratio"] for who in ("model", "baseline"))
        assert abs(worth - 1) < min(0.15, abs(as_before - 1))


def test_buyers_are_told_from_others_better_than_by_recency_alone() -> None:
    path = real_file(YEARS[1])

    found = evaluate_propensity(path, parse_map(MAP), 30, date(2011, 9, 10))

    (one,) = found["origins"]
    assert one["model"]["auc"] > 0.72
    assert one["baseline"]["auc"] < 0.66
    assert one["model"]["brier"] < one["baseline"]["brier"] - 0.02
    assert one["model"]["calibration_error"] <= one["baseline"]["calibration_error"]


def write_orders(path: Path) -> Path:
    """Write a year of 300 customers, dates as a shop in Europe would write them."""
    rows = ["kunde;datum;betrag"]
    for one in range(300):
        for day in range(one % 40, 360, 17 + one % 60):
            month, rest = divmod(day, 28)
            if month < 12:
                rows.append(
                    f"k{one};{rest + 1:02}.{month + 1:02}.2025;{10 + one % 7},5"
                )
    path.write_text("\n".join([*rows, ";01.01.2025;5"]) + "\n", encoding="utf-8")
    return path


def test_any_table_of_orders_can_be_judged_by_the_command(tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.csv")
    mapping = "kunde=customer,datum=date,betrag=amount"

    for name, figure in (("ltv", "orders_ratio"), ("propensity", "auc")):
        arguments = [
            "model",
            "evaluate",
            name,
            "--orders",
            str(orders),
            "--map",
            mapping,
        ]
        shown = CliRunner().invoke(app, arguments)
        plain = CliRunner().invoke(app, [*arguments, "--json"])

        assert shown.exit_code == 0, shown.output
        assert figure in shown.output
        assert "300 customers from 2025-01-01 to 2025-12-" in shown.output
        assert "1 rows without a customer" in shown.output
        assert figure in json.loads(plain.output)["holdout"]["model"]


def test_lifetime_values_say_which_gate_they_passed_and_need_no_amount(
    tmp_path: Path,
) -> None:
    """Most of these ordered once: that nobody orders is hard to beat."""
    rows = [f"once{one},2025-{one % 9 + 1:02}-{one % 28 + 1:02}" for one in range(400)]
    rows += [
        f"often{one},2025-{month:02}-{(one * month) % 28 + 1:02}"
        for one in range(160)
        for month in range(1, 13)
        if (one + month) % 3
    ]
    (tmp_path / "orders.csv").write_text("\n".join(["who,day", *rows]) + "\n")
    command = ["model", "evaluate", "ltv", "--orders", str(tmp_path / "orders.csv")]

    shown = CliRunner().invoke(app, [*command, "--map", "who=customer,day=date"])
    found = evaluate_ltv(
        tmp_path / "orders.csv", parse_map("who=customer,day=date"), None, None
    )

    assert shown.exit_code == 0, shown.output
    assert "No amount is mapped: each order is worth 1" in shown.output
    for one in found["origins"]:
        came = one["model"]["orders_that_came"] / one["people"]
        assert one["baseline"]["mae_if_nobody_orders"] == pytest.approx(came)
        assert one["model"]["value_ratio"] == pytest.approx(
            one["model"]["orders_ratio"], abs=0.1
        )
    for name, gate in found["gates"].items():
        assert gate["is_passed"] == (gate["mae"] < gate["baseline_mae"])
        passed = "passed" if gate["is_passed"] else "not passed"
        assert f"Gate `{name}`: {passed}, mae {gate['mae']:.4f}" in shown.output
    assert list(found["gates"]) == ["the same as last period", "nobody orders"]


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        (["12/1/2010 8:26", "12/31/2010 9:00"], "2010-12-01", "2010-12-31"),
        (["1/12/2010 8:26", "31/12/2010 9:00"], "2010-12-01", "2010-12-31"),
        (["2019-10-01 00:00:00 UTC"], "2019-10-01", "2019-10-01"),
        (["19970101", "19970203"], "1997-01-01", "1997-02-03"),
    ],
)
def test_a_column_s_dates_are_all_read_in_the_one_way_that_fits_them_best(
    tmp_path: Path, written: list[str], first: str, last: str
) -> None:
    lines = ["who,day", *(f"a,{one}" for one in written)]
    (tmp_path / "orders.csv").write_text("\n".join(lines) + "\n")
    with duckdb.connect() as connection:
        found = read_orders(
            connection, tmp_path / "orders.csv", {"customer": "who", "date": "day"}
        )

    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ("kunde=customer", "no column for date"),
        ("kunde=customer,datum=date,nix=amount", "has no column nix"),
        ("kunde=customer,datum=date,betrag=date", "date two columns, datum and betrag"),
        ("kunde=customer,datum=when", "no `column=meaning`: datum=when"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_in_a_sentence(
    tmp_path: Path, mapping: str, says: str
) -> None:
    orders = write_orders(tmp_path / "orders.csv")
    result = CliRunner().invoke(
        app, ["model", "evaluate", "ltv", "--orders", str(orders), "--map", mapping]
    )

    assert result.exit_code == 2
    assert says in result.output


@pytest.mark.parametrize("name", ["ltv", "propensity"])
@pytest.mark.parametrize(
    ("split", "days", "says"),
    [
        ("2030-01-01", "30", "lies outside the orders, which go from 2025-01-01"),
        ("2024-12-31", "30", "lies outside the orders"),
        (
            "2025-12-01",
            "60",
            "Of the 60 days after --split 2025-12-01, the orders hold",
        ),
    ],
)
def test_a_split_without_orders_before_and_after_it_is_refused(
    tmp_path: Path, name: str, split: str, days: str, says: str
) -> None:
    orders = write_orders(tmp_path / "orders.csv")
    result = CliRunner().invoke(
        app,
        ["model", "evaluate", name, "--orders", str(orders), "--split", split,
         "--days", days, "--map", "kunde=customer,datum=date,betrag=amount"],
    )  # fmt: skip

    assert result.exit_code == 2
    assert says in result.output


def test_a_day_after_which_nobody_ordered_is_skipped_and_named(tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.csv")
    with orders.open("a", encoding="utf-8") as file:
        file.write("k1;20.02.2026;5\n")
    mapping = parse_map("kunde=customer,datum=date,betrag=amount")

    found = evaluate_ltv(orders, mapping, 50, None)

    assert [one["at"] for one in found["origins"]] == ["2025-12-02", "2025-11-02"]
    assert "1 came in the 50 days" in found["not_tested"]["2026-01-01"]


def test_a_file_that_is_no_table_of_orders_is_refused(tmp_path: Path) -> None:
    (tmp_path / "orders.pdf").write_bytes(b"%PDF")
    (tmp_path / "short.csv").write_text("customer,date\na,2025-01-01\n")

    with pytest.raises(OrdersRefusedError, match="no CSV, JSON lines or Parquet"):
        evaluate_ltv(
            tmp_path / "orders.pdf", parse_map("a=customer,b=date"), None, None
        )
    result = CliRunner().invoke(
        app,
        ["model", "evaluate", "ltv", "--orders", str(tmp_path / "short.csv"),
         "--map", "customer=customer,date=date"],
    )  # fmt: skip
    assert result.exit_code == 2
    assert "Nothing can be tested" in result.output
