"""A table that can say no says so in its contract, and is read where noes are gathered."""

from typing import Any

# Where a no begins: statements of sources, events of ledgers, decisions on devices.
GATHERED = (
    "int_opt_outs_unioned",
    "int_consents_unioned",
    "int_device_consents_unioned",
)


def tables_that_say_no(manifest: dict[str, Any]) -> set[str]:
    """Return the ids of the source tables whose contract says `says_no`."""
    return {
        unique_id
        for unique_id, source in manifest["sources"].items()
        if (source["config"].get("meta") or source["meta"])
        .get("contract", {})
        .get("says_no")
    }


def tables_that_are_read_for_noes(manifest: dict[str, Any]) -> set[str]:
    """Return the ids of the vendors' tables that staging gathers noes from."""
    nodes = manifest["nodes"]
    staged = {
        parent
        for name in GATHERED
        for parent in nodes[f"model.nightpost.{name}"]["depends_on"]["nodes"]
        if nodes.get(parent, {}).get("fqn", ["", ""])[1] == "staging"
    }
    read = {one for parent in staged for one in nodes[parent]["depends_on"]["nodes"]}
    return {
        one
        for one in read
        if one.startswith("source.")
        and manifest["sources"][one]["source_name"] not in ("nightpost", "cleaned")
    }


def test_every_table_that_is_read_for_noes_says_so(manifest: dict[str, Any]) -> None:
    untold = tables_that_are_read_for_noes(manifest) - tables_that_say_no(manifest)

    assert not untold, (
        "Say `says_no: true` in the contract of "
        f"{', '.join(sorted(untold))}: else its refused rows and held files are lost, "
        "and with them what they may say."
    )


def test_every_table_that_says_no_is_read_for_noes(manifest: dict[str, Any]) -> None:
    unread = tables_that_say_no(manifest) - tables_that_are_read_for_noes(manifest)

    assert not unread, (
        f"Nobody reads the noes of {', '.join(sorted(unread))}: write a model with "
        "macros/opt_outs.sql and name it in int_opt_outs_unioned."
    )


def test_the_column_of_every_opt_out_flag_is_marked(manifest: dict[str, Any]) -> None:
    flagged = {
        source
        for node in manifest["nodes"].values()
        if "opt_out_flags(" in node.get("raw_code", "")
        for source in node["depends_on"]["nodes"]
        if source.startswith("source.")
    }
    unmarked = {
        source
        for source in flagged
        if not any(
            column["config"].get("meta", {}).get("says_no")
            for column in manifest["sources"][source]["columns"].values()
        )
    }

    assert flagged
    assert not unmarked, (
        f"Mark the column that says no of {', '.join(sorted(unmarked))} with "
        "`config: {meta: {says_no: true}}`: else a header that differs from it is read by "
        "nobody."
    )
