"""Text that was UTF-8 and was read as another encoding before it came to us (`ZoÃ«`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.home.tables import identifier, literal

# As the macro `has_mojibake` has it, by which staging takes no such name.
MOJIBAKE = (
    r"\x{FFFD}|[\x{80}-\x{9F}]|â€|"
    r"[ÂÃÄÅÐÑ][\x{A0}-\x{BF}€‚ƒ„…†‡ˆ‰Š‹ŒŽ“”•–—˜™š›œžŸ]|Ã[‘’]"
)
_NOTABLE_SHARE = 0.1


@dataclass(frozen=True)
class Garbled:
    """How many of a file's values with letters beyond ASCII are garbled."""

    cells: int
    garbled: int

    @property
    def is_notable(self) -> bool:
        """Whether it are so many that the export, and no person's typing, did it."""
        return self.garbled > 0 and self.garbled >= _NOTABLE_SHARE * self.cells

    def sentence(self, name: str) -> str:
        """Return what to tell of the file ``name``, and what to do."""
        return (
            f"{name}: {self.garbled:,} of its {self.cells:,} values with letters beyond "
            "ASCII are garbled: UTF-8 that was read as another encoding before it came (as "
            "in `ZoÃ«`). They are loaded as they stand, and no name is taken from them. Mend "
            "the export and land the file again under the same name."
        )


def not_ascii(column: str) -> str:
    """Return the SQL that tells whether a value has a letter beyond ASCII."""
    return f"strlen({identifier(column)}) <> length({identifier(column)})"


def count_garbled(
    connection: duckdb.DuckDBPyConnection, parquet: Path, columns: Sequence[str]
) -> Garbled:
    """Count the values beyond ASCII of a Parquet file of text ``columns``."""
    counts = ", ".join(
        f"count(*) filter (where {not_ascii(name)}), count(*) filter (where case when "
        f"{not_ascii(name)} then regexp_matches({identifier(name)}, {literal(MOJIBAKE)}) "
        "end)"
        for name in columns
    )
    row = connection.execute(
        f"select {counts} from read_parquet({literal(parquet)}, hive_partitioning = false)"
    ).fetchone()
    found = [int(count) for count in row or ()]
    return Garbled(sum(found[::2]), sum(found[1::2]))
