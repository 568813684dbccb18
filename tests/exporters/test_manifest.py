"""The night adds up, and its manifest says what lies beside it."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from exporters.audiences import AudienceReceipt, export_audience
from exporters.errors import ManifestIncompleteError, SumMismatchError
from exporters.manifest import write_manifest
from exporters.payloads import PayloadReceipt, export_payloads
from exporters.rejects import Reject, write_rejects
from exporters.unsubscribe import Sender
from exporters.waterfall import Waterfall, check_sums, read_waterfalls
from tests.exporters.small_night import Warehouse, items

HELD = {"kind": "template", "name": "vip", "reason": "vip: template default …"}


def fill(warehouse: Warehouse) -> None:
    """Eight selected: 2 excluded, 1 unsafe, 1 beaten, 1 refused, 3 written to."""
    warehouse.member("p1", exclusion_reason="withdrawn")
    warehouse.member("p2", exclusion_reason="no_email", email=None)
    warehouse.member("p4")
    for person in ("p3", "p4", "p5", "p6", "p7", "p8"):
        plan = {"segment": "vip", "profile_id": person, "priority": 2}
        warehouse.insert("act_send_plan", {**plan, "is_planned": person != "p4"})
        if person != "p4":
            bad = items({"price": "free"}) if person == "p5" else items({"url": "x:"})
            unsafe = "=x@example.com" if person == "p3" else f"{person}@example.com"
            warehouse.planned(person, recommendations_json=bad, email=unsafe)


def export(
    warehouse: Warehouse, sender: Sender, folder: Path
) -> tuple[AudienceReceipt, PayloadReceipt]:
    connection = warehouse.connection
    audience = export_audience(connection, "vip", folder)
    template = warehouse.template()
    return audience, export_payloads(connection, template, "vip", folder, sender)


def test_everybody_selected_is_counted_once(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    fill(warehouse)
    audience, payload = export(warehouse, sender, tmp_path)

    whole = read_waterfalls(warehouse.connection)["vip"].completed(audience, payload)

    assert whole.as_json() == {
        "selected": 8,
        "excluded": {"no_email": 1, "unsafe_cell": 1, "withdrawn": 1},
        "audience": 5,
        "not_sent": {
            "lower_priority": 1,
            "audience_only": 0,
            "template_failed": 0,
            "rejected": 1,
        },
        "rejected_for": {"not_a_number": 1},
        "payloads": 3,
        "left_out": {"unsafe_link": 3},
    }


def test_a_segment_without_a_mail_is_an_audience_only(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    warehouse.member("p1")
    plan = {"segment": "vip", "profile_id": "p1", "priority": 2, "is_planned": False}
    warehouse.insert("act_send_plan", {**plan, "has_mail": False})
    audience, payload = export(warehouse, sender, tmp_path)

    whole = read_waterfalls(warehouse.connection)["vip"].completed(audience, payload)

    assert (whole.audience, whole.audience_only, whole.lower_priority) == (1, 1, 0)


def test_a_broken_template_counts_everybody_planned(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    fill(warehouse)
    audience = export_audience(warehouse.connection, "vip", tmp_path)

    whole = read_waterfalls(warehouse.connection)["vip"].completed(audience, None)

    assert (whole.template_failed, whole.rejected, whole.payloads) == (4, 0, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from activation.act_payload_fields where profile_id = 'p6'",
        "delete from activation.act_send_plan where profile_id = 'p4'",
        "insert into activation.act_send_plan values ('vip', 'p6', 1, true, null, true, null)",
    ],
    ids=["planned but without fields", "in nobody's plan", "planned twice"],
)
def test_a_night_that_does_not_add_up_is_refused(
    warehouse: Warehouse, sender: Sender, tmp_path: Path, statement: str
) -> None:
    fill(warehouse)
    warehouse.connection.execute(statement)
    audience, payload = export(warehouse, sender, tmp_path)

    with pytest.raises(SumMismatchError, match=r"^vip: .* where"):
        read_waterfalls(warehouse.connection)["vip"].completed(audience, payload)


def test_an_empty_segment_has_an_empty_waterfall(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    audience, payload = export(warehouse, sender, tmp_path)
    empty = read_waterfalls(warehouse.connection, ["vip"])["vip"]
    assert empty.completed(audience, payload) == Waterfall("vip")


def test_both_sums_are_checked() -> None:
    right = Waterfall(
        "vip", selected=3, excluded={"no_email": 1}, audience=2, payloads=2
    )
    check_sums(right)
    with pytest.raises(SumMismatchError, match="excluded"):
        check_sums(replace(right, selected=4))
    with pytest.raises(SumMismatchError, match="payloads"):
        check_sums(replace(right, payloads=1))


def test_the_manifest_lists_every_file_and_waterfall(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    fill(warehouse)
    audience, payload = export(warehouse, sender, tmp_path)
    rejects = write_rejects([*payload.rejects, *audience.rejects], tmp_path)
    whole = read_waterfalls(warehouse.connection)["vip"].completed(audience, payload)
    files = [rejects, payload.file, *audience.files]
    night = {"run_id": "r1", "held_back": [], "sources": {"b": 1, "a": 2}}

    path = write_manifest(tmp_path, night, files=files, waterfalls=[whole])

    content = json.loads(path.read_text())
    assert list(content) == ["files", "held_back", "run_id", "segments", "sources"]
    assert list(content["sources"]) == ["a", "b"]
    assert next(iter(content["segments"]["vip"])) == "selected"
    listed = [file["path"] for file in content["files"]]
    on_disk = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert listed == sorted(
        one.relative_to(tmp_path).as_posix() for one in on_disk if one != path
    )
    assert path.stat().st_mode & 0o777 == 0o600
    again = write_manifest(tmp_path, night, files=files[::-1], waterfalls=[whole])
    assert json.loads(again.read_text()) == content


def test_a_file_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    file = write_rejects([], tmp_path)
    (tmp_path / "tmp_members.csv").write_text("half")
    with pytest.raises(ManifestIncompleteError, match=r"tmp_members\.csv"):
        write_manifest(tmp_path, {}, files=[file], waterfalls=[])


def test_a_file_that_changed_after_its_receipt_is_refused(tmp_path: Path) -> None:
    file = write_rejects([], tmp_path)
    (tmp_path / file.path).write_text("")
    with pytest.raises(ManifestIncompleteError, match=r"rejects\.csv"):
        write_manifest(tmp_path, {}, files=[file], waterfalls=[])


def test_a_failed_template_must_be_in_held_back(tmp_path: Path) -> None:
    failed = Waterfall("vip", selected=1, audience=1, planned=1, template_failed=1)
    with pytest.raises(ManifestIncompleteError, match=r"^vip"):
        write_manifest(tmp_path, {}, files=[], waterfalls=[failed])
    write_manifest(tmp_path, {"held_back": [HELD]}, files=[], waterfalls=[failed])


def test_rejects_are_sorted_unique_and_harmless(tmp_path: Path) -> None:
    one = Reject("vip", "=p", "unsafe_cell", "profile_id", "0" * 64)
    other = Reject("a", "p", "unsafe_link", "cart_items_json", "1" * 64)

    receipt = write_rejects([one, other, one], tmp_path)

    with (tmp_path / "rejects.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["segment", "profile_id", "reason", "field", "value_sha256"]
    assert [row[:2] for row in rows[1:]] == [["a", "p"], ["vip", "'=p"]]
    assert receipt.rows == 2
