"""Small pictures for Dagster's pages; the same figures give the same bytes."""

import io
from collections.abc import Sequence

from orchestration.watching.psi import DRIFTED, MOVED, PREVIOUS, REFERENCE, Shift

COLOURS = {PREVIOUS: "#9ecae1", REFERENCE: "#3182bd"}
BAR = 0.4
INCHES_PER_COLUMN = 0.26


def plot_shifts(shifts: Sequence[Shift]) -> bytes | None:
    """Return a PNG with the PSI of each column as bars; None where none is known."""
    known = [shift for shift in shifts if shift.psi is not None]
    if not known:
        return None
    # imported here: it takes longer than a first night's whole step
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = sorted({shift.watched for shift in known}, reverse=True)
    figure = Figure(figsize=(7.5, 1.3 + INCHES_PER_COLUMN * len(columns)), dpi=80)
    axes = figure.add_subplot()
    for role, offset in ((PREVIOUS, BAR / 2), (REFERENCE, -BAR / 2)):
        bars = [shift for shift in known if shift.compared_with == role]
        axes.barh(
            [columns.index(shift.watched) + offset for shift in bars],
            [shift.psi or 0.0 for shift in bars],
            height=BAR,
            color=COLOURS[role],
            label=role,
        )
    for threshold, style in ((MOVED, ":"), (DRIFTED, "--")):
        axes.axvline(threshold, color="#666666", linestyle=style, linewidth=1)
    axes.set_yticks(
        range(len(columns)), [f"{one.mart}.{one.column}" for one in columns], fontsize=8
    )
    axes.set_xlim(left=0, right=max(2 * MOVED + DRIFTED, *(s.psi or 0 for s in known)))
    axes.set_xlabel(f"PSI ({MOVED} moved, {DRIFTED} drifted)", fontsize=8)
    axes.legend(fontsize=8, loc="lower right")
    figure.tight_layout()
    picture = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()
