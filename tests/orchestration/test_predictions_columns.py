"""Columns of numbers and dates are read as people write them, each in one way."""

from pathlib import Path

import duckdb
import pytest

from orchestration.predictions.proof.date_columns import date_reading
from orchestration.predictions.proof.number_columns import (
    UnreadableColumnError,
    number_reading,
)
from orchestration.predictions.proof.order_files import (
    OrderFile,
    OrdersRefusedError,
    parse_map,
    read_orders,
)
from orchestration.predictions.recommenders import purchases_file as orders_file
from orchestration.predictions.recommenders.purchases import UnusableOrdersError


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["£12.50", "£1,234.50", "-£3.00", "£ 1,234,567"], [12.5, 1234.5, -3, 1234567]),
        (["12,50", "1.234,50", "1.234"], [12.5, 1234.5, 1234]),
        (["12,50 €", "1\u202f234,5 €", "(3,00 €)"], [12.5, 1234.5, -3]),
        (["EUR 12.5", "CHF 1'234.50", "3.10 USD", "R$ 4"], [12.5, 1234.5, 3.1, 4]),
        (["kr. 5,00", "5,00 kr.", "7,00-", "\u22127,25"], [5, 5, -7, -7.25]),
        (["1,23,456.00", "+5", ".5", "1.5e-05"], [123456, 5, 0.5, 0.000015]),
        (["12.5", "", None], [12.5, None, None]),
    ],
)
def test_numbers_are_read_as_they_are_written(
    written: list[str | None], read: list[float | None]
) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table given as select unnest(?::varchar[]) as amt", [written]
        )
        reading = number_reading(connection, "given", "amt")
        found = connection.sql(f"select {reading.sql} from given").fetchall()

    assert [one[0] for one in found] == read
    assert reading.unreadable == 0


@pytest.mark.parametrize(
    "written", ["1.2.3", "12 50 pieces", "x", "nan", "1e30", "12k"]
)
def test_what_is_no_number_is_counted_and_much_of_it_refused(written: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table given as select case when range = 0 then ? else '1.50' end "
            "as amt from range(10)",
            [written],
        )
        assert number_reading(connection, "given", "amt").unreadable == 1
        connection.execute("insert into given values ('none')")
        with pytest.raises(
            UnreadableColumnError, match="2 of 11 values in the column amt"
        ):
            number_reading(connection, "given", "amt")


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (["1,234", "12,500"], "with a point before decimals and commas between"),
        (["12,50", "1"], "with a comma before decimals"),
        (["12.50", "1,000.00"], ""),
        (["12", "100"], ""),
    ],
)
def test_it_is_said_which_mark_was_taken_where_a_column_does_not_show_it(
    written: list[str], says: str
) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table given as select unnest(?) as amt", [written])
        words = number_reading(connection, "given", "amt").words

    assert says in words
    assert bool(words) is bool(says)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("31-12-2010", "2010-12-31 00:00:00"),
        ("31/12/2010 08:26:00", "2010-12-31 08:26:00"),
        ("12/31/2010 8:26", "2010-12-31 08:26:00"),
        ("12/31/10", "2010-12-31 00:00:00"),
        ("01 Jan 2023", "2023-01-01 00:00:00"),
        ("January 5, 2023 3:05 PM", "2023-01-05 15:05:00"),
        ("05-JAN-23", "2023-01-05 00:00:00"),
        ("20230105", "2023-01-05 00:00:00"),
        ("2023-01-05T09:00:00+02:00", "2023-01-05 09:00:00"),
        ("1672905600", "2023-01-05 08:00:00"),
        ("1672905600000", "2023-01-05 08:00:00"),
    ],
)
def test_dates_are_read_as_they_are_written(written: str, read: str) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table given as select ? as day", [written])
        reading = date_reading(connection, "given", "day")
        (found,) = connection.sql(f"select {reading.sql} from given").fetchall()

    assert (str(found[0]), reading.words) == (read, "")


def test_one_day_that_can_be_no_month_decides_for_a_long_column() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table given as select range % 12 + 1 || '/' || range % 11 + 1 || '/' "
            "|| 1900 + range as day from range(2000)"
        )
        ambiguous = date_reading(connection, "given", "day")
        connection.execute("insert into given values ('1/13/2010')")
        proved = date_reading(connection, "given", "day")
        shown = f"select month({proved.sql}) from given where day = '3/3/1902'"

        assert "nothing shows whether days or months come first" in ambiguous.words
        assert proved.words == ""
        assert "'%m/%d/%Y'" in proved.sql
        assert connection.sql(shown).fetchone() == (3,)


def read(folder: Path, rows: list[str], mapping: str) -> tuple[OrderFile, list[float]]:
    """Read a file of ``rows`` and return what is said of it, and the amounts."""
    (folder / "orders.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    with duckdb.connect() as connection:
        found = read_orders(connection, folder / "orders.csv", parse_map(mapping))
        amounts = connection.sql("select amount from orders order by 1").fetchall()
    return found, [float(one[0]) for one in amounts]


def test_an_order_is_worth_1_only_where_no_amount_is_mapped(tmp_path: Path) -> None:
    rows = ["who;day;paid", *(f"c{n};2025-01-01;£1,0{n}0.50" for n in range(10, 30))]
    rows = [row.replace(",0", ",") for row in [*rows, "c1;2025-01-01;free"]]

    found, amounts = read(tmp_path, rows, "who=customer,day=date,paid=amount")
    _, without = read(tmp_path, rows, "who=customer,day=date")

    assert (len(amounts), amounts[0]) == (20, 1100.5)
    assert "1 rows lack an amount that can be read" in found.sentence()
    assert set(without) == {1.0}


def test_a_column_that_holds_no_amounts_is_refused(tmp_path: Path) -> None:
    rows = ["who,day,paid", *(f"c{n},2025-01-01,one" for n in range(20))]

    with pytest.raises(OrdersRefusedError, match="more than 10%"):
        read(tmp_path, rows, "who=customer,day=date,paid=amount")


@pytest.mark.parametrize("text", ["", "who,day,what\n"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, text: str) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(text)

    with (
        duckdb.connect() as connection,
        pytest.raises(OrdersRefusedError, match="empty"),
    ):
        read_orders(connection, file, parse_map("who=customer,day=date"))
    with pytest.raises(UnusableOrdersError, match="empty"):
        orders_file.read_orders(file, ["who=customer,day=date,what=product"])


def test_what_was_chosen_is_said_with_the_file(tmp_path: Path) -> None:
    found, _ = read(tmp_path, ["who,day", "a,03/04/2025"], "who=customer,day=date")

    assert found.first.isoformat() == "2025-04-03"
    assert "days are taken to" in found.sentence()
