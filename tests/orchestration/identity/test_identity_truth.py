"""Precision and recall by pairs, and the errors by kind, on people counted by hand."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.command.main import app
from orchestration.identity.proof.truth import NoTruthError, compare_with_truth

from .small_night import publish_small_night, write_truth


def test_pairs_are_counted_over_what_the_night_could_know(tmp_path: Path) -> None:
    settings = publish_small_night(tmp_path)
    write_truth(tmp_path)

    found = compare_with_truth(settings)
    scores = {score.scope: score for score in found.scores}

    # Ana's contact and account are one; the twins are one and should not be
    contacts = scores["contacts and accounts"]
    assert (contacts.right_pairs, contacts.true_pairs, contacts.found_pairs) == (
        1,
        1,
        2,
    )
    assert (contacts.precision, contacts.recall) == (0.5, 1.0)
    # her address in another spelling is the same record; the office's is nobody's
    addresses = scores["… and addresses"]
    assert (addresses.right_pairs, addresses.true_pairs, addresses.found_pairs) == (
        3,
        3,
        4,
    )
    # two people's orders in one mailbox; an order that nobody was found for; a till sale
    # that says nothing is not asked about
    orders = scores["… and orders"]
    assert (orders.records, orders.people, orders.profiles) == (9, 5, 5)
    assert (orders.right_pairs, orders.true_pairs, orders.found_pairs) == (3, 7, 5)
    assert orders.recall == 0.428571
    devices = scores["… and devices"]
    assert (devices.records, devices.found_pairs) == (9, 5)


def test_errors_are_listed_by_kind(tmp_path: Path) -> None:
    settings = publish_small_night(tmp_path)
    write_truth(tmp_path)

    found = compare_with_truth(settings)

    errors = [(one.error, one.kind, one.cases, one.pairs) for one in found.errors]
    assert errors == [
        ("merged", "shared mailbox", 1, 1),
        ("merged", "twins", 1, 1),
        ("missed", "guest order, no known address", 1, 3),
        ("missed", "order through the shared mailbox", 1, 1),
    ]
    assert found.planted_merges == 2
    assert found.errors[1].examples == ("p_twins",)


def test_the_command_prints_both_figures_and_every_kind(tmp_path: Path) -> None:
    publish_small_night(tmp_path)
    write_truth(tmp_path)

    said = CliRunner().invoke(app, ["identity", "truth", "--home", str(tmp_path)])

    assert said.exit_code == 0
    assert "0.5000   1.0000" in said.output
    assert "2 pairs of people merged" in said.output
    assert "order through the shared mailbox" in said.output


def test_without_a_truth_it_says_so(tmp_path: Path) -> None:
    settings = publish_small_night(tmp_path)

    with pytest.raises(NoTruthError, match="no demo truth"):
        compare_with_truth(settings)
