"""A source's yml is read as its contract, or refused with a sentence."""

from pathlib import Path

import pytest

from orchestration.arrivals.contracts import Column, ContractError, read_contracts

SHOP = """
sources:
  - name: shop
    config: {enabled: "{{ var('use_shop') }}", meta: {owner: shop-team}}
    tables:
      - name: orders
        description: One row per order.
        config: {meta: {contract: {delivery: versions, delimiter: ";"}}}
        columns:
          - {name: Id, config: {meta: {required: true}}}
          - {name: Created at, config: {meta: {reads_as: instant}}}
"""


def project(tmp_path: Path, yml: str = SHOP, switches: str = "use_shop: true") -> Path:
    folder = tmp_path / "models" / "staging" / "shop"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "_shop__sources.yml").write_text(yml)
    (tmp_path / "dbt_project.yml").write_text(f"vars:\n  {switches}\n")
    return tmp_path


def test_a_contract_says_what_the_yml_says_and_defaults_say_the_rest(
    tmp_path: Path,
) -> None:
    (contract,) = read_contracts(project(tmp_path))

    assert (contract.source, contract.table) == ("shop", "orders")
    assert (contract.delivery, contract.delimiter) == ("versions", ";")
    assert (contract.quote, contract.encoding) == ('"', "utf-8")
    assert contract.max_age_days == 3
    assert contract.required == ("Id",)
    assert contract.columns[1] == Column("Created at", False, "instant")
    assert (contract.owner, contract.description) == ("shop-team", "One row per order.")


@pytest.mark.parametrize("switches", ["use_shop: false", "use_shop: 'False'"])
def test_a_source_that_is_switched_off_has_no_contract(
    tmp_path: Path, switches: str
) -> None:
    assert read_contracts(project(tmp_path, switches=switches)) == ()


def test_the_digest_changes_with_a_promise_and_not_with_its_description(
    tmp_path: Path,
) -> None:
    (first,) = read_contracts(project(tmp_path))
    (described,) = read_contracts(project(tmp_path, SHOP.replace("per", "for each")))
    (stricter,) = read_contracts(
        project(tmp_path, SHOP.replace("reads_as: instant", "required: true"))
    )

    assert first.sha256 == described.sha256
    assert first.sha256 != stricter.sha256


def test_what_nightpost_tells_itself_is_no_contract(tmp_path: Path) -> None:
    yml = SHOP.replace("name: shop\n", "name: nightpost\n")

    assert read_contracts(project(tmp_path, yml)) == ()


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("delivery: versions, ", "", "delivery must be one of"),
        ("delivery: versions", "delivery: sometimes", "delivery must be one of"),
        ('delimiter: ";"', "delimitter: 1", "knows no delimitter"),
        ('delimiter: ";"', 'delimiter: "::"', "one character each"),
        ('delimiter: ";"', "quote: ','", "must differ"),
        ('delimiter: ";"', "encoding: klingon", "encoding"),
        ('delimiter: ";"', "max_age_days: soon", "max_age_days"),
        ("name: Created at", "name: iD", "listed twice"),
        ("name: Created at", "name: _row_number", "reserved name"),
        ("required: true", "required: maybe", "must be true or false"),
        ("use_shop", "use_nothing", "`enabled` must be"),
        ("name: orders", "name: Orders!", "lower case"),
        ("sources:", "sources: [", "not readable as yml"),
    ],
)
def test_a_wrong_yml_is_refused_with_a_sentence(
    tmp_path: Path, before: str, after: str, sentence: str
) -> None:
    with pytest.raises(ContractError, match=sentence):
        read_contracts(project(tmp_path, SHOP.replace(before, after, 1)))


def test_a_table_that_is_described_twice_is_refused(tmp_path: Path) -> None:
    root = project(tmp_path)
    other = root / "models" / "staging" / "other"
    other.mkdir()
    (other / "_other__sources.yml").write_text(SHOP)

    with pytest.raises(ContractError, match="described twice"):
        read_contracts(root)


def test_the_contracts_of_this_project_are_readable() -> None:
    contracts = read_contracts(Path(__file__).parents[2] / "dbt_project")

    assert ("consent", "ledger") in {(one.source, one.table) for one in contracts}


def test_further_promises_are_read_and_defaults_stand(tmp_path: Path) -> None:
    yml = SHOP.replace(
        'delimiter: ";"',
        'delimiter: ";", decimal: ",", date_order: dmy, time_zone: Europe/Berlin, '
        "generation: replaces, key: [Id], event_time: Created at, "
        "rows: {at_least: 1, at_most: 9}, max_change: 0.5, when_stale: hold",
    ).replace("required: true", "required: true, aliases: [Nr], personal: direct")
    (contract,) = read_contracts(project(tmp_path, yml))

    assert (contract.decimal, contract.date_order) == (",", "dmy")
    assert (contract.time_zone, contract.generation) == ("Europe/Berlin", "replaces")
    assert (contract.key, contract.event_time) == (("Id",), "Created at")
    assert (contract.rows_at_least, contract.rows_at_most) == (1, 9)
    assert (contract.max_change, contract.max_null_jump) == (0.5, 0.5)
    assert (contract.when_stale, contract.unknown_columns) == ("hold", "keep")
    assert contract.columns[0] == Column("Id", True, "text", ("Nr",), "direct")


@pytest.mark.parametrize(
    ("promise", "told"),
    [
        ("decimal: ';'", "decimal must be one of"),
        ("date_order: dym", "date_order must be one of"),
        ("generation: adds", "generation must be one of joins, replaces"),
        ("time_zone: Berlin", "IANA"),
        ("key: [Nr]", "names Nr, which is not among its columns"),
        ("event_time: Nr", "names Nr, which is not among its columns"),
        ("rows: {at_lest: 1}", "rows knows at_least and at_most"),
        ("rows: {at_least: many}", "whole numbers"),
        ("max_change: half", "must be a share"),
        ("max_reject_share: null", "must be a share"),
    ],
)
def test_a_promise_that_makes_no_sense_is_refused(
    tmp_path: Path, promise: str, told: str
) -> None:
    yml = SHOP.replace('delimiter: ";"', promise)

    with pytest.raises(ContractError, match=told):
        read_contracts(project(tmp_path, yml))


def test_a_snapshot_replaces_its_date_and_others_join_it(tmp_path: Path) -> None:
    (versions,) = read_contracts(project(tmp_path))
    snapshot = SHOP.replace("delivery: versions", "delivery: snapshot")
    (whole,) = read_contracts(project(tmp_path, snapshot))

    assert (versions.generation, whole.generation) == ("joins", "replaces")


def test_given_switches_win_over_the_projects(tmp_path: Path) -> None:
    off = project(tmp_path, switches="use_shop: false")

    assert len(read_contracts(off, {"use_shop": True})) == 1
