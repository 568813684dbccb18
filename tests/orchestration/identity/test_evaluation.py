"""The linkage against labels: better than Splink as it comes, and no household merged."""

import random
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.command.main import app
from orchestration.identity.proof.evaluation import (
    CannotEvaluateError,
    Evaluation,
    compare_with_labels,
    evaluate,
    read_map,
    read_table,
)
from orchestration.identity.proof.plain_splink import run_plain_splink
from tests.vendors.real_data import real_file

FAKE_1000 = (
    "first_name=first_name,surname=last_name,dob=birth_date,city=city,email=email"
)
PEOPLE = "first=first_name,last=last_name,born=birth_date,street=street,phone=phone"
FIRST_PARTS = ("Mar", "Ben", "Ol", "Tom", "Kat", "Ru", "Win", "Jos")
LAST_PARTS = ("ika", "ton", "wyn", "eth", "olf", "ard")


def table(tmp_path: Path, *rows: str) -> Path:
    file = tmp_path / "people.csv"
    file.write_text("\n".join(("who,first,last,born,street,phone", *rows)) + "\n")
    return file


def found(file: Path, labels: str, columns: str, *, strict: bool = False) -> Evaluation:
    connection = duckdb.connect()
    meanings = read_map(columns)
    read_table(connection, file, labels, meanings)
    return evaluate(connection, list(meanings), strict=strict)


def test_more_of_fake_1000_is_found_than_by_splink_as_it_comes() -> None:
    connection = duckdb.connect()
    meanings = read_map(FAKE_1000)
    read_table(connection, real_file("identity/fake_1000.csv"), "cluster", meanings)
    ours = evaluate(connection, list(meanings))
    seconds = run_plain_splink(connection, meanings, "splinks")
    plain = compare_with_labels(connection, "plain", "splinks", seconds)

    assert ours.f1 > 0.96
    assert ours.f1 > plain.f1 + 0.1
    assert ours.precision > 0.98


def test_twins_and_couples_at_one_address_stay_two_people(tmp_path: Path) -> None:
    file = table(
        tmp_path,
        "1,Ana,Smith,1990-01-02,1 High Street,+447700900001",
        "2,Ben,Smith,1990-01-02,1 High Street,+447700900001",
        "3,Cem,Smith,1961-07-09,1 High Street,+447700900001",
    )

    assert found(file, "who", PEOPLE).groups == 3


def test_the_same_name_with_another_birth_date_stays_two_people(tmp_path: Path) -> None:
    file = table(
        tmp_path,
        "1,John,Miller,1948-03-01,1 High Street,",
        "2,John,Miller,1979-11-22,1 High Street,",
        "3,Eva,Brown,1980-01-01,,",
    )

    assert found(file, "who", PEOPLE).groups == 3


@pytest.mark.parametrize(
    "second",
    [
        "Anna,Smith,1990-01-02,1 High Street,+447700900001",
        "Smith,Ana,1990-01-02,1 High Street,+447700900001",
        "Ana,Smyth,1990-02-01,1 High Street,+447700900001",
        "ÀNA,smith,1990-01-02,1 High St.,",
        "A,Smith,1990-01-02,,+447700900001",
    ],
)
def test_what_one_person_may_be_written_like_is_one_person(
    tmp_path: Path, second: str
) -> None:
    file = table(
        tmp_path,
        "1,Ana,Smith,1990-01-02,1 High Street,+447700900001",
        f"1,{second}",
        "2,Ben,Jones,1971-07-09,12 Low Road,+447700900002",
    )
    result = found(file, "who", PEOPLE)

    assert (result.precision, result.recall, result.groups) == (1.0, 1.0, 2)


def test_a_map_that_names_no_meaning_is_refused() -> None:
    with pytest.raises(CannotEvaluateError, match="should be column=meaning"):
        read_map("first=given_name")


def test_the_command_prints_the_figures_and_names_a_missing_column(
    tmp_path: Path,
) -> None:
    file = table(
        tmp_path,
        "1,Ana,Smith,1990-01-02,,+447700900001",
        "1,Ana,Smith,1990-01-02,,+447700900001",
        "2,Ben,Jones,1971-07-09,,",
    )
    command = ["identity", "evaluate", str(file), "--labels", "who", "--map"]
    good = CliRunner().invoke(app, [*command, PEOPLE])
    bad = CliRunner().invoke(app, [*command, "given=first_name"])

    assert good.exit_code == 0
    assert "precision 1.0000  recall 1.0000  F1 1.0000" in good.output
    assert bad.exit_code == 2
    assert "has no column given" in bad.output
    assert "Ana" not in good.output + bad.output


def noisy(tmp_path: Path, *, renamed: int, twins: int) -> float:
    """Return the precision over 240 people, 120 of them twice.

    ``renamed`` copies have another first name; ``twins`` people have a twin at home.
    """
    dice = random.Random(5)
    names = [f"{one}{other}" for one in FIRST_PARTS for other in LAST_PARTS]
    rows = []
    for number in range(240):
        first, last = dice.choice(names), f"{dice.choice(names)}{dice.choice('aeiou')}"
        born = (
            f"{dice.randint(1940, 2000)}-0{dice.randint(1, 9)}-{dice.randint(10, 28)}"
        )
        rest = f"{born},{dice.randint(1, 200)} {dice.choice(names)} Road,"
        rows.append(f"{number},{first},{last},{rest}")
        if number < 120:
            other = "Zebediah" if number < renamed else first
            rows.append(f"{number},{other},{last},{rest}")
        elif number < 120 + twins:
            rows.append(f"{number + 1000},Zebediah,{last},{rest}")
    return found(table(tmp_path, *rows), "who", PEOPLE).f1


def test_few_pairs_of_two_first_names_are_twins_and_many_are_mistakes(
    tmp_path: Path,
) -> None:
    assert noisy(tmp_path, renamed=0, twins=4) == 1.0
    assert noisy(tmp_path, renamed=15, twins=0) == 1.0
