"""What a recommender promised for the ten products it showed, and what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.predictions.recommenders.backtest import Split
from orchestration.predictions.recommenders.judging import LENGTH
from orchestration.predictions.recommenders.purchases import Floats, Ints
from orchestration.predictions.recommenders.ranker import IMPOSSIBLE, Ranker, best
from orchestration.predictions.serving.cards import CalibrationPoint, GroupFigure

BINS = 10
DIMENSIONS = {"age_band": "age_band", "country": "country_code", "gender": "gender"}
FEWEST_IN_GROUP = 20


@dataclass(frozen=True)
class Shown:
    """A row a customer and product shown: how likely it was called, whether it came."""

    customer: Ints
    predicted: Floats
    observed: Floats


def shown_at(split: Split, ranker: Ranker) -> Shown:
    """Return the ten first purchases that ``ranker`` holds most likely for each judged."""
    rows: list[Ints] = []
    predicted: list[Floats] = []
    observed: list[Floats] = []
    future = split.future_at(0)
    for customers in split.past.blocks(split.judged):
        scores = ranker.scores(split.past, customers)
        scores[split.past.owned[customers].nonzero()] = IMPOSSIBLE
        lists = best(scores, LENGTH)
        row, place = np.nonzero(lists >= 0)
        product = lists[row, place]
        rows.append(customers[row])
        predicted.append(1 / (1 + np.exp(-scores[row, product])))
        observed.append(future[customers].toarray()[row, product])
    if not rows:
        return Shown(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    return Shown(
        np.concatenate(rows), np.concatenate(predicted), np.concatenate(observed)
    )


def calibration_of(shown: Shown) -> Iterator[CalibrationPoint]:
    """Yield tenths of what was shown, from unlikely to likely."""
    order = np.lexsort((shown.customer, np.round(shown.predicted, 6)))
    for part in np.array_split(order, BINS):
        if len(part):
            yield CalibrationPoint(
                round(float(shown.predicted[part].mean()), 6),
                round(float(shown.observed[part].mean()), 6),
                len(part),
            )


def groups_of(
    shown: Shown, split: Split, people: pd.DataFrame
) -> Iterator[GroupFigure]:
    """Yield mean promise and outcome by age band, gender and country, where known.

    ``people`` has customer, gender, age_band and country_code. Groups of fewer than 20
    people are left out: they say more of persons than of the model.
    """
    names = np.array(split.purchases.customers, dtype=object)[shown.customer]
    facts = people.drop_duplicates("customer").set_index("customer").reindex(names)
    for dimension, column in DIMENSIONS.items():
        values = facts[column].astype(object)
        for value in sorted(set(values.dropna())):
            rows = (values == value).to_numpy()
            if len(set(shown.customer[rows])) >= FEWEST_IN_GROUP:
                yield GroupFigure(
                    dimension,
                    str(value),
                    int(rows.sum()),
                    round(float(shown.predicted[rows].mean()), 6),
                    round(float(shown.observed[rows].mean()), 6),
                )
