"""A table with labels through a night: better than Splink as it comes, no household merged."""

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.command import labelled
from orchestration.command.labelled import evaluate_night
from orchestration.command.main import app
from orchestration.identity.proof.evaluation import (
    CannotEvaluateError,
    Evaluation,
    compare_with_labels,
    read_map,
    read_table,
    write_contacts,
)
from orchestration.identity.proof.plain_splink import run_plain_splink
from tests.vendors.real_data import real_file

FAKE_1000 = (
    "first_name=first_name,surname=last_name,dob=birth_date,city=city,email=email"
)
PEOPLE = "first=first_name,last=last_name,born=birth_date,street=street,mail=email"
# who, first, last, born, street, mail
SMALL = """
ana,Ana,Smith,1990-01-02,1 High Street,
ben,Ben,Smith,1990-01-02,1 High Street,
cem,Cem,Smith,1961-07-09,1 High Street,
john1,John,Miller,1948-03-01,2 Low Road,
john2,John,Miller,1979-11-22,2 Low Road,
eva,Eva,Brown,1980-01-01,,
dora,Dora,Quint,1990-01-02,3 Mill Lane,dora@a.example
dora,Dorra,Quint,1990-01-02,3 Mill Lane,quint@b.example
finn,Finn,Novak,1971-05-06,4 Mill Lane,
finn,Novak,Finn,1971-05-06,4 Mill Lane,
gita,Gita,Rossi,1985-01-13,5 Mill Lane,
gita,GÏTA,rossi,1985-01-14,5 Mill Ln.,
nick1,Nick,Quigley,1998-04-02,6 Mill Lane,household306@x.example
nick2,Nick,Quigley,1966-09-21,7 Church Row,household621@x.example
couple1,Lena,Ward,1960-02-03,8 Church Row,home@x.example
couple2,Otto,Ward,1957-08-11,8 Church Row,home@x.example
late,Ida,Stone,1973-19-14,9 Church Row,ida@a.example
late,Ida,Stone,1973-19-14,9 Church Row,stone@b.example
"""


def table(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    file.write_text(f"who,first,last,born,street,mail{SMALL}", encoding="utf-8")
    return file


def test_a_night_parts_people_of_one_home_and_finds_who_was_misspelt(
    tmp_path: Path,
) -> None:
    connection = duckdb.connect()
    read_table(connection, table(tmp_path), "who", read_map(PEOPLE))
    judged = evaluate_night(connection, list(read_map(PEOPLE)))
    wrong = connection.execute(
        "select one.label, other.label from found as l "
        "inner join found as r on l.component_id < r.component_id "
        "inner join given as one on one.component_id = l.component_id "
        "inner join given as other on other.component_id = r.component_id "
        "where (l.g = r.g) <> (one.label = other.label) order by all"
    ).fetchall()

    assert wrong == []
    assert (judged.precision, judged.recall) == (1.0, 1.0)


def test_more_of_fake_1000_is_found_than_by_splink_as_it_comes() -> None:
    connection = duckdb.connect()
    meanings = read_map(FAKE_1000)
    read_table(connection, real_file("identity/fake_1000.csv"), "cluster", meanings)
    ours = evaluate_night(connection, list(meanings))
    seconds = run_plain_splink(connection, meanings, "splinks")
    plain = compare_with_labels(connection, "plain", "splinks", seconds)

    assert ours.f1 >= 0.97
    assert ours.f1 > plain.f1
    assert ours.precision >= 0.995


def test_year_month_and_day_may_stand_in_three_columns(tmp_path: Path) -> None:
    file, contacts = tmp_path / "people.csv", tmp_path / "contacts.csv"
    file.write_text('who,name,y,m,d\n1,"Miller, Ana",1967,9,27\n', encoding="utf-8")
    meanings = read_map("name=full_name,y=birth_date,m=birth_date,d=birth_date")
    connection = duckdb.connect()
    read_table(connection, file, "who", meanings)
    write_contacts(connection, list(meanings), contacts)
    told = connection.execute(
        f"select trim(first_name), last_name, birth_date from read_csv('{contacts}', "
        "all_varchar = true)"
    ).fetchall()

    assert told == [("ana", "miller", "1967-9-27")]


def test_a_map_that_names_no_meaning_is_refused() -> None:
    with pytest.raises(CannotEvaluateError, match="should be column=meaning"):
        read_map("first=given_name")


def test_the_command_prints_the_figures_and_names_a_missing_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def night(connection: duckdb.DuckDBPyConnection, _: object) -> Evaluation:
        connection.execute(
            "create temp table found as select component_id, label as g from given"
        )
        return compare_with_labels(connection, "nightpost", "found", 1.0)

    monkeypatch.setattr(labelled, "evaluate_night", night)
    command = ["identity", "evaluate", str(table(tmp_path)), "--labels", "who", "--map"]
    good = CliRunner().invoke(app, [*command, PEOPLE])
    bad = CliRunner().invoke(app, [*command, "given=first_name"])

    assert good.exit_code == 0
    assert "precision 1.0000  recall 1.0000  F1 1.0000" in good.output
    assert bad.exit_code == 2
    assert "has no column given" in bad.output
    assert "Dora" not in good.output + bad.output
