"""`nightpost identity PERSON` finds people by any name of theirs and shows why."""

import json
import stat
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from orchestration.command.main import app
from orchestration.looking.clerical import read_clerical
from orchestration.looking.person import read_person
from orchestration.looking.person_text import print_clerical, print_person

from .small_night import ANA, BEN, publish_small_night

STEPS = (
    "linked.probable_links",
    "people.possible_matches",
    "people.changes",
    "people.aliases",
    "intermediate.int_components",
)


def call(*words: str) -> Result:
    """Run `nightpost identity …`."""
    return CliRunner().invoke(app, ["identity", *words])


@pytest.mark.parametrize(
    "person",
    ["p_ana", "p_old", "ANA@X.example", "hubspot/1", "crm:hubspot/1", "shopify/9"],
)
def test_any_name_of_a_person_leads_to_them(tmp_path: Path, person: str) -> None:
    settings = publish_small_night(tmp_path)

    assert read_person(settings, person).profile_id == ANA


def test_a_household_phone_names_its_people_and_no_values(tmp_path: Path) -> None:
    publish_small_night(tmp_path)

    said = call("+441", "--home", str(tmp_path))

    assert said.exit_code == 2
    assert f"2 people are known by that: {ANA}, {BEN}" in said.stderr
    assert "+441" not in said.stderr


def test_an_unknown_person_is_a_sentence_that_does_not_repeat_them(
    tmp_path: Path,
) -> None:
    publish_small_night(tmp_path)

    said = call("zoe@x.example", "--home", str(tmp_path))

    assert said.exit_code == 2
    assert "Nobody on the published night is known by that" in said.stderr
    assert "zoe" not in said.stderr + said.stdout


def test_everything_is_in_the_json(tmp_path: Path) -> None:
    publish_small_night(tmp_path)

    said = call("show", "p_old", "--json", "--home", str(tmp_path))
    found = json.loads(said.stdout)

    assert found["profile_id"] == ANA
    assert [row["record_id"] for row in found["records"]] == ["hubspot/1", "shopify/9"]
    assert found["exact_links"] == [
        {
            "identifier": "email:ana@x.example",
            "record_count": 2,
            "records": ["hubspot/1", "shopify/9"],
        }
    ]
    link = found["probable_links"][0]
    assert (link["match_weight"], link["band"], link["is_inside"]) == (
        3.5,
        "clerical",
        False,
    )
    assert "first name other" in link["evidence"]
    assert found["possible_matches"][0]["other_profile_id"] == BEN
    assert [row["event"] for row in found["history"]] == ["born", "merged"]
    assert found["old_ids"] == [{"old_profile_id": "p_old"}]
    assert found["golden_record"][0]["record_id"] == "hubspot/1"


def test_a_person_without_a_command_word_is_shown_as_text(tmp_path: Path) -> None:
    publish_small_night(tmp_path)

    said = call("p_ana", "--home", str(tmp_path))

    assert said.exit_code == 0
    assert "formerly also p_old" in said.output
    # no mark-up of a terminal is read from a value
    assert "[red]Ana" in said.output


def test_the_record_of_an_untrusted_address_is_not_its_persons(tmp_path: Path) -> None:
    settings = publish_small_night(tmp_path)

    assert read_person(settings, "office@x.example").records == []


def test_a_night_without_the_later_steps_is_shown_all_the_same(tmp_path: Path) -> None:
    settings = publish_small_night(tmp_path, leave_out=STEPS)

    found = read_person(settings, "p_ana")

    assert (found.probable_links, found.possible_matches, found.history) == ([], [], [])
    assert read_clerical(settings) == []


def test_the_clerical_list_is_written_for_a_human_and_for_nobody_else(
    tmp_path: Path,
) -> None:
    publish_small_night(tmp_path)
    target = tmp_path / "list.csv"

    said = call("clerical", "--csv", str(target), "--home", str(tmp_path))

    lines = target.read_text().splitlines()
    assert said.exit_code == 0
    assert lines[0].startswith("decision,reason,profile_id,other_profile_id,")
    assert lines[1].startswith(",,p_ana,p_ben,0.918,between the thresholds,Ana,Ben,")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert "Ana" not in said.output


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_value_is_torn_into_columns_of_single_letters(
    tmp_path: Path, width: int
) -> None:
    settings = publish_small_night(tmp_path)
    out = Console(width=width, file=StringIO(), highlight=False)

    print_person(read_person(settings, "p_ana"), out)
    print_clerical(read_clerical(settings), out)

    file = out.file
    assert isinstance(file, StringIO)
    text = file.getvalue()
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    for value in ("hubspot/1", "shopify/9", "email:ana@x.example", "p_old", "p_ben"):
        assert value in text
    # upright where the table is too wide, else in columns
    assert ("record_id    hubspot/1" in " ".join(text.split(" "))) or width == 200
