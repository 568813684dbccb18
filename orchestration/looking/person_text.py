"""How one person, and a list of pairs, look in a terminal."""

from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestration.home.published import Row
from orchestration.looking.clerical import SIDES, Pair
from orchestration.looking.person import Person
from orchestration.looking.previews import printable

NOTHING = "–"
MOST_RECORDS = 40


def print_person(person: Person, console: Console | None = None) -> None:
    """Print a person, part by part; parts without rows are left out or say so."""
    out = console or Console(highlight=False)
    out.print(Text(f"{person.profile_id} on the night of {person.night}", style="bold"))
    if person.old_ids:
        ids = ", ".join(str(row["old_profile_id"]) for row in person.old_ids)
        out.print(Text(f"formerly also {ids}"))
    print_rows(out, "Which source won which field", person.golden_record)
    print_rows(out, "Identifiers", person.identifiers)
    print_rows(out, "Records", person.records[:MOST_RECORDS])
    if len(person.records) > MOST_RECORDS:
        out.print(Text(f"… and {len(person.records) - MOST_RECORDS:,} more (--json)"))
    print_rows(
        out,
        "Exact links: one trusted identifier in several records",
        person.exact_links,
    )
    print_rows(out, "Probable links", person.probable_links)
    print_rows(out, "Possible matches, not merged", person.possible_matches)
    print_rows(out, "Frozen by the brake", person.frozen)
    print_rows(out, "Restrictions", person.restrictions)
    print_rows(out, "History", person.history)


def print_clerical(pairs: list[Pair], console: Console | None = None) -> None:
    """Print the pairs, each as two lines under one another."""
    out = console or Console(highlight=False)
    if not pairs:
        out.print("Nobody may be somebody else: the clerical list is empty.")
        return
    names = ["profile", "probability", *SIDES, "why"]
    texts = []
    for pair in pairs:
        one = [getattr(pair, field) for field in SIDES]
        other = [getattr(pair, f"other_{field}") for field in SIDES]
        texts += [
            cells([pair.profile_id, pair.match_probability, *one, pair.why]),
            cells([pair.other_profile_id, "", *other, ""]),
        ]
    if width_of(names, texts) > out.width:
        print_upright(out, names, texts)
    else:
        table = Table(*names, box=None, padding=(0, 1))
        for number, row in enumerate(texts):
            table.add_row(*row, end_section=number % 2 == 1)
        out.print(table)
    out.print(
        Text(f"{len(pairs):,} pairs; --csv FILE writes them with room to decide.")
    )


def print_rows(out: Console, title: str, found: list[Row]) -> None:
    """Print rows as a table without lines; nothing where there is none."""
    if not found:
        return
    out.print()
    out.print(Text(title, style="bold"))
    names = [name for name in found[0] if any(row[name] is not None for row in found)]
    texts = [cells([row[name] for name in names]) for row in found]
    if width_of(names, texts) > out.width:
        print_upright(out, names, texts)
        return
    table = Table(box=None, padding=(0, 1), header_style="dim")
    for name in names:
        table.add_column(name, overflow="fold")
    for row in texts:
        table.add_row(*row)
    out.print(table)


def width_of(names: list[str], texts: list[list[Text]]) -> int:
    """Return how wide the table is with nothing wrapped, a space on both sides of each."""
    columns = zip(names, *texts, strict=True)
    return sum(2 + max(cell_len(str(one)) for one in column) for column in columns)


def print_upright(out: Console, names: list[str], texts: list[list[Text]]) -> None:
    """Print each row as lines of a name and its value, for a narrow terminal."""
    longest = max(len(name) for name in names)
    for number, row in enumerate(texts):
        if number:
            out.print()
        lines = Table(box=None, show_header=False, padding=(0, 1))
        lines.add_column(width=longest, no_wrap=True, style="dim")
        lines.add_column(overflow="fold")
        for name, text in zip(names, row, strict=True):
            if text.plain != NOTHING:
                lines.add_row(name, text)
        out.print(lines)


def cells(values: list[Any]) -> list[Text]:
    """Return values as texts that a terminal takes for nothing else."""
    return [Text(printable(shown(value))) for value in values]


def shown(value: Any) -> str:
    """Return one value in words."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)
