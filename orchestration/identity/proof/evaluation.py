"""A table of people with labels: how it is read, and how what was found compares with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.home.tables import identifier, literal
from orchestration.identity.linkage.features import MEANINGS, full_name

KEYS = ("record_id",)


class CannotEvaluateError(Exception):
    """The table or the map does not say what is needed; the message says what."""


@dataclass(frozen=True)
class Evaluation:
    """Pairwise figures of one way to link: all between 0 and 1, but counts and seconds."""

    name: str
    precision: float
    recall: float
    f1: float
    groups: int
    people: int
    seconds: float
    notes: str = ""

    def line(self) -> str:
        """Return one line for the terminal."""
        return (
            f"{self.name:<14} precision {self.precision:.4f}  recall {self.recall:.4f}  "
            f"F1 {self.f1:.4f}  {self.groups:,} people found of {self.people:,}  "
            f"{self.seconds:.1f} s  {self.notes}"
        )


def read_map(text: str) -> dict[str, list[str]]:
    """Return the columns of each meaning from `col=meaning,...`.

    Several columns of one meaning are read one after the other, as one text.

    Raises:
        CannotEvaluateError: an entry is malformed or a meaning is none.
    """
    found: dict[str, list[str]] = {}
    for entry in text.split(","):
        column, _, meaning = (part.strip() for part in entry.partition("="))
        if meaning not in (*MEANINGS, *KEYS):
            raise CannotEvaluateError(
                f"--map: `{entry.strip()}` should be column=meaning, the meaning one of "
                f"{', '.join((*MEANINGS, *KEYS))}."
            )
        found.setdefault(meaning, []).append(column)
    return found


def read_table(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    labels: str,
    meanings: Mapping[str, Sequence[str]],
) -> None:
    """Write temp table `given`: component_id, label and the meanings.

    Raises:
        CannotEvaluateError: the file or a column is not there.
    """
    kind = "read_parquet" if file.suffix == ".parquet" else "read_csv"
    options = "" if file.suffix == ".parquet" else ", all_varchar = true"
    try:
        connection.execute(
            f"create or replace temp view file as from {kind}({literal(str(file))}{options})"
        )
    except duckdb.Error:
        raise CannotEvaluateError(
            f"{file} cannot be read as {kind[5:].upper()}; give a CSV or Parquet file."
        ) from None
    there = {row[0] for row in connection.execute("describe file").fetchall()}
    named = {column for columns in meanings.values() for column in columns}
    if missing := sorted((named | {labels}) - there):
        raise CannotEvaluateError(
            f"{file} has no column {', '.join(missing)}; it has {', '.join(sorted(there))}."
        )
    # a row's place stands for an id that is missing or stands twice
    columns = [
        "lpad((row_number() over ())::varchar, 9, '0') as component_id",
        f"{_joined(meanings['record_id'])} as given_id"
        if "record_id" in meanings
        else "null::varchar as given_id",
        "'table' as source",
        f"{identifier(labels)}::varchar as label",
        *(
            # year, month and day may stand in a column each
            f"{_joined(meanings[one], '-' if one == 'birth_date' else ' ')} as {one}"
            for one in MEANINGS
            if one in meanings
        ),
    ]
    connection.execute(
        "create or replace temp table given as "
        f"select *, component_id as record_id from (select {', '.join(columns)} from file)"
    )


def _joined(columns: Sequence[str], sign: str = " ") -> str:
    texts = ", ".join(
        f"nullif(trim({identifier(one)}::varchar), '')" for one in columns
    )
    return f"nullif(concat_ws('{sign}', {texts}), '')"


def write_contacts(
    connection: duckdb.DuckDBPyConnection, meanings: Sequence[str], file: Path
) -> None:
    """Write `given` as an export of generic contacts; a full name is parted in two."""
    has = {one: one if one in meanings else "null::varchar" for one in MEANINGS}
    plain = ", ".join(
        f"{has[one]} as {one}"
        for one in MEANINGS
        if one not in ("first_name", "last_name", "full_name")
    )
    connection.execute(
        "copy (select component_id as contact_id, given as first_name, "
        f"family as last_name, {plain} from (select *, {full_name(has)} from given) "
        f"order by component_id) to {literal(str(file))} (format csv, header)"
    )


def compare_with_labels(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    found: str,
    seconds: float,
    notes: str = "",
) -> Evaluation:
    """Return the pairwise figures of ``found`` (component_id, g) against `given.label`.

    Records without a label are left out.
    """
    right, made, true, groups, people = connection.execute(
        f"""
        with labelled as (
            select found.g, given.label from {found} as found
            inner join given using (component_id) where given.label is not null
        ),
        sizes as (select g, label, count(*) as n from labelled group by all),
        by_group as (select sum(n) as n from sizes group by g),
        by_label as (select sum(n) as n from sizes group by label)
        select
            (select coalesce(sum(n * (n - 1) // 2), 0) from sizes),
            (select coalesce(sum(n * (n - 1) // 2), 0) from by_group),
            (select coalesce(sum(n * (n - 1) // 2), 0) from by_label),
            (select count(*) from by_group), (select count(*) from by_label)
        """
    ).fetchone() or (0, 0, 0, 0, 0)
    precision = float(right) / float(made) if made else 1.0
    recall = float(right) / float(true) if true else 1.0
    f1 = 2 * float(right) / float(made + true) if made + true else 1.0
    return Evaluation(
        name,
        round(precision, 6),
        round(recall, 6),
        round(f1, 6),
        int(groups),
        int(people),
        seconds,
        notes,
    )
