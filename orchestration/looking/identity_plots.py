"""Pictures of the people's health; the same figures give the same bytes."""

import io
from typing import Any

from orchestration.looking.identity_health import Health

COLOURS = ("#3182bd", "#e6550d", "#31a354", "#756bb1", "#636363")
GREY = "#666666"


def plot_health(health: Health) -> bytes | None:
    """Return a PNG: records a person, who stands alone, ids by night; None without people."""
    if not health.sizes:
        return None
    # imported here: it takes longer than measuring a small night
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = [draw_sizes, draw_linked, *([draw_changes] if health.changes else [])]
    figure = Figure(figsize=(7.5, 2.6 * len(panels)), dpi=80)
    FigureCanvasAgg(figure)
    for place, draw in enumerate(panels, start=1):
        axes = figure.add_subplot(len(panels), 1, place)
        draw(axes, health)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    picture = io.BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()


def binned(health: Health) -> list[tuple[str, int]]:
    """Return people by records, in doubling bins: 1, 2, 3–4, 5–8 and so on."""
    bins: dict[int, int] = {}
    for size, count in health.sizes:
        top = 1 << (size - 1).bit_length()
        bins[top] = bins.get(top, 0) + count
    tops = [1 << power for power in range(max(bins).bit_length())]
    return [(label(top), bins.get(top, 0)) for top in tops]


def label(top: int) -> str:
    """Return the name of the bin that ends at ``top``."""
    low = top // 2 + 1
    return str(top) if low >= top else f"{low}–{top}"


def draw_sizes(axes: Any, health: Health) -> None:
    """Draw how many people have how many records."""
    names, counts = zip(*binned(health), strict=True)
    bars = axes.bar(names, counts, color=COLOURS[0])
    axes.bar_label(bars, [f"{count:,}" for count in counts], fontsize=7, color=GREY)
    axes.set_yscale("symlog")
    axes.set_ylim(0, 3 * max(counts))
    axes.set_title(
        f"Records a person (99 of 100 have at most {health.p99:,}; most {health.largest:,})",
        fontsize=9,
        loc="left",
    )


def draw_linked(axes: Any, health: Health) -> None:
    """Draw the share of records that no other record is of one person with."""
    linked = health.linked[::-1]
    bars = axes.barh(
        [one.kind for one in linked], [one.share for one in linked], color=COLOURS[1]
    )
    axes.bar_label(
        bars,
        [f"{one.share:.0%} of {one.records:,}" for one in linked],
        fontsize=7,
        color=GREY,
        padding=2,
    )
    axes.set_xlim(0, 1.18)
    axes.set_title("Records that stand alone, by source", fontsize=9, loc="left")


def draw_changes(axes: Any, health: Health) -> None:
    """Draw what became of profile ids, night by night."""
    nights = sorted({one.night for one in health.changes})
    below = [0] * len(nights)
    for place, event in enumerate(sorted({one.event for one in health.changes})):
        counts = {one.night: one.count for one in health.changes if one.event == event}
        heights = [counts.get(night, 0) for night in nights]
        colour = COLOURS[place % len(COLOURS)]
        names = [night.isoformat()[5:] for night in nights]
        axes.bar(names, heights, bottom=below, label=event, color=colour)
        below = [low + high for low, high in zip(below, heights, strict=True)]
    axes.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    axes.set_title("Profile ids, by night", fontsize=9, loc="left")
    axes.tick_params(axis="x", rotation=90)
