"""How the comparison with a demo's truth reads in a terminal."""

from collections.abc import Iterator

from orchestration.identity.proof.truth import Comparison, ErrorKind

PRECISION, RECALL = 0.999, 0.97
"""What the demo's people are held to, pair by pair."""


def truth_lines(found: Comparison) -> Iterator[str]:
    """Yield the scores, then the errors by kind, the most pairs first."""
    yield f"The people of the night of {found.night} against the demo's truth, by pairs"
    yield ""
    yield (
        f"{'records':<24}{'count':>10}{'people':>9}{'profiles':>10}"
        f"{'precision':>11}{'recall':>9}"
    )
    for score in found.scores:
        yield (
            f"{score.scope:<24}{score.records:>10,}{score.people:>9,}"
            f"{score.profiles:>10,}{score.precision:>11.4f}{score.recall:>9.4f}"
        )
    yield ""
    yield f"{'asked for':<24}{'':>29}{PRECISION:>11.4f}{RECALL:>9.4f}"
    yield (
        "Shared mailbox, twins and household phone: "
        f"{found.planted_merges or 'no'} pairs of people merged."
    )
    for error, title in (
        ("merged", "Merged: people who are several"),
        ("missed", "Missed: parts of people who are one"),
    ):
        yield from ["", title, ""]
        yield from error_lines([one for one in found.errors if one.error == error])


def error_lines(errors: list[ErrorKind]) -> Iterator[str]:
    """Yield a line for each kind of error, with profiles to look at."""
    if not errors:
        yield "  none"
        return
    yield f"  {'kind':<40}{'cases':>8}{'pairs':>10}  for example"
    for one in errors:
        yield (
            f"  {one.kind:<40}{one.cases:>8,}{one.pairs:>10,}  {', '.join(one.examples)}"
        )
