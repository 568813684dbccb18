"""A model's calibration as a picture; the same card gives the same bytes."""

import io
from collections.abc import Mapping
from typing import Any


def plot_calibration(card: Mapping[str, Any]) -> bytes | None:
    """Return a PNG of what was foretold against what came; None without points."""
    points = card["calibration"]
    if not points:
        return None
    # imported here: only a night that trains draws
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    predicted = [point["predicted"] for point in points]
    observed = [point["observed"] for point in points]
    highest = max(*predicted, *observed, 1e-9)
    figure = Figure(figsize=(4.0, 4.0), dpi=80)
    axes = figure.add_subplot()
    axes.plot([0, highest], [0, highest], color="#999999", linewidth=1, linestyle=":")
    axes.plot(predicted, observed, color="#3182bd", marker="o", markersize=4)
    axes.set_xlabel("foretold", fontsize=8)
    axes.set_ylabel("came", fontsize=8)
    axes.set_title(f"{card['model']}: tests on later data", fontsize=9)
    figure.tight_layout()
    picture = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()
