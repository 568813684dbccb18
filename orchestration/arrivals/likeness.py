"""Does a file look like the files before it? What its contract allows, and its own past.

`judge` is pure: it says what holds a file back and what is only worth a warning. A
person may overrule it (`acceptances.py`); what cannot be read at all is decided by the
readers, and nobody overrules that.
"""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from statistics import median

import duckdb

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.headers import likely_new_name, listed
from orchestration.home.tables import identifier, literal

FILES_COMPARED = 14
FEWEST_FILES = 5
WEEKDAYS_COMPARED = 8
FEWEST_WEEKDAYS = 4
SNAPSHOT_SHRINK = 0.5
SMALL_FILE_ROWS = 20
SMALL_FILE_REJECTS = 2
FEWEST_FILES_WITH_COLUMN = 3
FEWEST_ROWS_FOR_NULLS = 50
DIGITS = 6
_LINEAGE = ("_source_file", "_row_number")


@dataclass(frozen=True)
class FileFacts:
    """What one file held: its counts, columns, and each column's share of empty values."""

    file: str
    export_date: date
    rows_in: int
    rows_rejected: int
    columns: tuple[str, ...]
    null_share: Mapping[str, float]


@dataclass(frozen=True)
class Judgement:
    """What holds a file back, if anything, and what is only worth saying.

    ``not_knowable`` names the checks for which too few files came before; ``lacks_rows``
    says that a file is held back because it has too few of them.
    """

    held: str | None
    warnings: tuple[str, ...] = ()
    not_knowable: tuple[str, ...] = ()
    lacks_rows: bool = False


def judge(
    contract: Contract, facts: FileFacts, earlier: Sequence[FileFacts]
) -> Judgement:
    """Judge a file by its contract and by the ``earlier`` files of its table.

    ``earlier`` are oldest first, without files that were replaced. All that speaks
    against a file stands in one sentence, so who accepts it accepts it knowingly.
    """
    file = _with_promised_names(contract, facts)
    before = [_with_promised_names(contract, one) for one in earlier]
    name = f"{contract.source}/{contract.table}/{facts.file}"
    usual, source_of_usual = usual_rows(file, before)
    reasons = [
        *_outside_band(contract, file),
        *filter(None, [too_many_rejects(contract, file.rows_in, file.rows_rejected)]),
        *_unusual_rows(contract, file, usual, source_of_usual),
        *_emptied_columns(contract, file, before),
        *_unknown_columns_held(contract, file),
    ]
    warnings = [
        *_renamed_columns(contract, file, before),
        *_unknown_columns_kept(contract, file, before),
    ]
    return Judgement(
        _held_sentence(name, reasons) if reasons else None,
        tuple(f"{name}: {warning}" for warning in warnings),
        tuple(f"{name}: {one}" for one in _not_knowable(contract, file, before, usual)),
        lacks_rows=_lacks_rows(contract, file, usual),
    )


def why_held(
    contract: Contract, facts: FileFacts, earlier: Sequence[FileFacts]
) -> str | None:
    """Return the sentence that holds a file back, or None."""
    return judge(contract, facts, earlier).held


def usual_rows(
    file: FileFacts, earlier: Sequence[FileFacts]
) -> tuple[float | None, str]:
    """Return how many rows such a file has by its past, and the words for that past.

    Shops sell by the week, so a file is held against files of its own weekday as soon as
    there are four, else against the last fourteen. None: fewer than five came before.
    """
    if len(earlier) < FEWEST_FILES:
        return None, ""
    weekday = file.export_date.weekday()
    alike = [one for one in earlier if one.export_date.weekday() == weekday]
    if len(alike) >= FEWEST_WEEKDAYS:
        chosen = alike[-WEEKDAYS_COMPARED:]
        words = f"the last {len(chosen)} files of a {file.export_date:%A}"
    else:
        chosen = list(earlier[-FILES_COMPARED:])
        words = f"the last {len(chosen)} files"
    return float(median(one.rows_in for one in chosen)), words


def null_shares(
    connection: duckdb.DuckDBPyConnection, parquet: Path
) -> dict[str, float]:
    """Return each column's share of empty values in a Parquet file of text columns.

    Taken from the file's footer. A column is counted by a query only where the footer
    does not say how many nulls it has, or says that it may hold empty text, too. Nothing
    of its values is fetched. A file without rows has no shares.
    """
    # the path stands in the SQL: to bind a value, the engine first imports pandas
    rows = connection.execute(
        f"""
        select
            path_in_schema, sum(num_values), sum(stats_null_count),
            bool_and(
                stats_null_count is not null
                and (
                    stats_null_count = num_values
                    or coalesce(stats_min_value, stats_min, '') <> ''
                )
            )
        from parquet_metadata({literal(parquet)})
        group by path_in_schema
        order by path_in_schema
        """
    ).fetchall()
    known = {name: (values, nulls, sure) for name, values, nulls, sure in rows}
    unsure = [name for name, (_, _, sure) in known.items() if not sure]
    counted = _counted_nulls(connection, parquet, [n for n in unsure if _is_data(n)])
    return {
        name: round(counted.get(name, nulls or 0) / values, DIGITS)
        for name, (values, nulls, _) in known.items()
        if values and _is_data(name)
    }


def _counted_nulls(
    connection: duckdb.DuckDBPyConnection, parquet: Path, columns: Sequence[str]
) -> dict[str, int]:
    if not columns:
        return {}
    counts = ", ".join(
        f"count(*) - count(nullif(cast({identifier(name)} as varchar), ''))"
        for name in columns
    )
    row = connection.execute(
        f"select {counts} "
        f"from read_parquet({literal(parquet)}, hive_partitioning = false)"
    ).fetchone()
    return dict(zip(columns, row, strict=True)) if row else {}


def _is_data(name: str) -> bool:
    return name not in _LINEAGE


def _with_promised_names(contract: Contract, facts: FileFacts) -> FileFacts:
    """Return ``facts`` with columns called as promised, whichever alias they came by."""
    promised = {
        name.lower(): column.name
        for column in contract.columns
        for name in (column.name, *column.aliases)
    }

    def rename(name: str) -> str:
        return promised.get(name.strip().lower(), name)

    return replace(
        facts,
        columns=tuple(rename(name) for name in facts.columns),
        null_share={rename(name): share for name, share in facts.null_share.items()},
    )


def _outside_band(contract: Contract, file: FileFacts) -> Iterator[str]:
    if file.rows_in < contract.rows_at_least:
        yield (
            f"it has {file.rows_in:,} rows, and its contract wants at least "
            f"{contract.rows_at_least:,}"
        )
    if contract.rows_at_most is not None and file.rows_in > contract.rows_at_most:
        yield (
            f"it has {file.rows_in:,} rows, and its contract allows at most "
            f"{contract.rows_at_most:,}"
        )


def too_many_rejects(contract: Contract, rows_in: int, rejected: int) -> str | None:
    """Return the reason where more rows cannot be read than the contract allows.

    One bad row of ten is no broken export: a file with fewer than 20 rows may have up to
    two rejects, whatever their share.
    """
    is_small = rows_in < SMALL_FILE_ROWS and rejected <= SMALL_FILE_REJECTS
    if not rejected or is_small:
        return None
    share = round(rejected / max(rows_in, 1), DIGITS)
    if share <= contract.max_reject_share:
        return None
    return (
        f"{rejected:,} of its {rows_in:,} rows cannot be read ({share:.1%}), and its "
        f"contract allows {contract.max_reject_share:.1%}"
    )


def _unusual_rows(
    contract: Contract, file: FileFacts, usual: float | None, source_of_usual: str
) -> Iterator[str]:
    shrink, growth = allowed_change(contract)
    if not usual:
        return
    change = round((file.rows_in - usual) / usual, DIGITS)
    allowed = shrink if change < 0 else growth
    if allowed is not None and abs(change) > allowed:
        words = "fewer" if change < 0 else "more"
        yield (
            f"it has {file.rows_in:,} rows, {abs(change):.0%} {words} than usual "
            f"({usual:,.0f}, the median of {source_of_usual}), and {allowed:.0%} "
            "is allowed"
        )


def _lacks_rows(contract: Contract, file: FileFacts, usual: float | None) -> bool:
    has_too_few = file.rows_in < contract.rows_at_least
    is_unusual = any(_unusual_rows(contract, file, usual, ""))
    return has_too_few or (is_unusual and file.rows_in < (usual or 0))


def allowed_change(contract: Contract) -> tuple[float | None, float | None]:
    """Return by which share rows may shrink and grow; None where nobody cares.

    A snapshot is the whole state, so half of it gone is never meant, unless its contract
    says otherwise; a daily drop without `max_change` may be as small as it likes.
    """
    if contract.max_change is not None:
        return contract.max_change, contract.max_change
    return (SNAPSHOT_SHRINK, None) if contract.delivery == "snapshot" else (None, None)


def _emptied_columns(
    contract: Contract, file: FileFacts, earlier: Sequence[FileFacts]
) -> Iterator[str]:
    if file.rows_in < FEWEST_ROWS_FOR_NULLS:
        return
    for column in contract.columns:
        past = _past_shares(earlier, column.name)
        if column.name not in file.null_share or len(past) < FEWEST_FILES_WITH_COLUMN:
            continue
        share, usual = file.null_share[column.name], median(past)
        # a column that was as empty before, on a quiet day, is not broken now
        is_new = share > max(past)
        if is_new and round(share - usual, DIGITS) > contract.max_null_jump:
            yield (
                f"column {listed([column.name])} is empty in {share:.0%} of its rows, "
                f"usually in {usual:.0%}, and a jump of {contract.max_null_jump:.0%} "
                "is allowed"
            )


def _past_shares(earlier: Sequence[FileFacts], column: str) -> list[float]:
    """Return the column's shares of empty values in the last files that had it, and rows."""
    shares = [one.null_share[column] for one in earlier if column in one.null_share]
    return shares[-FILES_COMPARED:]


def _unknown_columns_held(contract: Contract, file: FileFacts) -> Iterator[str]:
    strangers = _strangers(contract, file)
    if contract.unknown_columns == "hold" and strangers:
        yield f"its contract does not know column {listed(strangers)}"


def _unknown_columns_kept(
    contract: Contract, file: FileFacts, earlier: Sequence[FileFacts]
) -> Iterator[str]:
    """Yield a warning for columns that no earlier file had.

    The first file of a table warns of none: a contract names what is used, not all that
    a vendor writes.
    """
    if contract.unknown_columns != "keep" or not earlier:
        return
    if new := _new_strangers(contract, file, earlier):
        yield (
            f"column {listed(new)} is new and not in its contract. It is kept in the raw "
            "zone and read by nobody; describe it in the sources yml if it matters"
        )


def _renamed_columns(
    contract: Contract, file: FileFacts, earlier: Sequence[FileFacts]
) -> Iterator[str]:
    new = _new_strangers(contract, file, earlier)
    for column in contract.columns:
        recent = earlier[-FILES_COMPARED:]
        times = sum(column.name in one.columns for one in recent)
        is_gone = column.name not in file.columns and not column.required
        if not is_gone or times < FEWEST_FILES_WITH_COLUMN:
            continue
        if likely := likely_new_name(column.name, new):
            yield (
                f"optional column {listed([column.name])} is missing and "
                f"{listed([likely])} may be its new name. If so, add it to the column's "
                "`aliases` in the sources yml"
            )


def _new_strangers(
    contract: Contract, file: FileFacts, earlier: Sequence[FileFacts]
) -> list[str]:
    known = {name for one in earlier for name in one.columns}
    return [name for name in _strangers(contract, file) if name not in known]


def _strangers(contract: Contract, file: FileFacts) -> list[str]:
    promised = {column.name for column in contract.columns}
    return [name for name in file.columns if name not in promised]


def _not_knowable(
    contract: Contract,
    file: FileFacts,
    earlier: Sequence[FileFacts],
    usual: float | None,
) -> Iterator[str]:
    if allowed_change(contract) != (None, None) and not usual:
        why = (
            f"only {len(earlier)} files came before it, {FEWEST_FILES} are needed"
            if usual is None
            else "the usual file has none"
        )
        yield f"whether its number of rows is usual is not knowable: {why}"
    enough = sum(bool(one.null_share) for one in earlier) >= FEWEST_FILES_WITH_COLUMN
    if file.rows_in >= FEWEST_ROWS_FOR_NULLS and not enough:
        yield (
            "whether a column was emptied is not knowable: fewer than "
            f"{FEWEST_FILES_WITH_COLUMN} files with rows came before it"
        )


def _held_sentence(name: str, reasons: Sequence[str]) -> str:
    return (
        f"{name}: {'; '.join(reasons)}. Nothing of it was loaded; land a corrected file "
        f"under the same name, or accept it with `nightpost accept {shlex.quote(name)} "
        '--why "…"`.'
    )
