"""Column names of arrived files: which may stand in a sentence, which look alike."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence

# What stands between an object and its column: `Contact.Email`, `Contact: Email`.
PREFIX_SIGNS = re.compile(r"[.:/|>\\]+|\s[-–—]\s|__")
LONGEST_SHOWN = 60
MOST_SHOWN_DIGITS = 4
MOST_LISTED = 10


def trimmed(name: str) -> str:
    """Return a column name without what nobody sees of it.

    Blanks of any kind around it go, and so do letters without width anywhere in it: the
    mark of an encoding, a joiner. Blanks inside are one blank each.
    """
    visible = (letter for letter in name if unicodedata.category(letter) != "Cf")
    return " ".join("".join(visible).split())


def letters(name: str) -> str:
    """Return a column name's letters and digits, in one case and width."""
    folded = unicodedata.normalize("NFKC", trimmed(name)).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def after_prefix(name: str, objects: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the letters of a column name without what an export put before it.

    `Contact.Email` and `Contact: Email` name the object that the column is of; one that
    ``objects`` names needs no sign between (`contact_email`).
    """
    parts = [part for part in PREFIX_SIGNS.split(trimmed(name)) if letters(part)]
    behind = {letters("".join(parts[place:])) for place in range(1, len(parts))}
    whole = letters(name)
    behind |= {whole.removeprefix(letters(one)) for one in objects}
    return tuple(sorted(behind - {whole, ""}))


def objects_of(table: str) -> tuple[str, ...]:
    """Return what one row of ``table`` is called: `contacts` are each a contact."""
    return (table, table.removesuffix("s"))


def shown(name: str) -> str:
    """Return a column name for a sentence; a header that holds data shows nothing."""
    is_name = name.isprintable() and len(name) <= LONGEST_SHOWN and "@" not in name
    digits = sum(letter.isdigit() for letter in name)
    return name if is_name and digits <= MOST_SHOWN_DIGITS else "…"


def listed(names: Sequence[str]) -> str:
    """Return ``names`` for a sentence, the first ten and how many more there are."""
    words = ", ".join(f"`{shown(name)}`" for name in names[:MOST_LISTED])
    more = len(names) - MOST_LISTED
    return f"{words} and {more} more" if more > 0 else words


def likely_new_name(name: str, strangers: Iterable[str]) -> str | None:
    """Return the one of ``strangers`` that ``name`` may be called now, if any is alike."""
    by_lower = {stranger.strip().lower(): stranger for stranger in strangers}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None
