"""Training the recommenders, and their cards: proved at three earlier instants.

At each instant a recommender is learnt from what was known then and judged on what was
bought in the window after, beside the most popular products. Only first purchases count:
what one has is the business of the list, not of the recommender.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np

from orchestration.predictions.recommenders.backtest import (
    FEWEST_JUDGED,
    Split,
    listed,
    trained,
)
from orchestration.predictions.recommenders.candidates import (
    COLLABORATIVE,
    CONTENT,
    Known,
)
from orchestration.predictions.recommenders.content import similarity_of
from orchestration.predictions.recommenders.habits import HABITS
from orchestration.predictions.recommenders.judging import judge as judge_lists
from orchestration.predictions.recommenders.past import Past
from orchestration.predictions.recommenders.purchase_drift import score_bins
from orchestration.predictions.recommenders.purchases import SECONDS_A_DAY, Floats, Ints
from orchestration.predictions.recommenders.ranker import (
    ABOUT_CUSTOMER,
    ABOUT_PRODUCT,
    SHARED,
    Ranker,
    Similarity,
)
from orchestration.predictions.recommenders.showing import (
    calibration_of,
    groups_of,
    shown_at,
)
from orchestration.predictions.serving.cards import (
    FEWEST_ORIGINS,
    CalibrationPoint,
    GroupFigure,
    ModelCard,
    Origin,
)
from orchestration.predictions.serving.promotion import TrainedModel, judge, keep

BASELINE = "most popular"
FIGURE = "ndcg_at_10"
FEATURES = {
    COLLABORATIVE: (*SHARED, *ABOUT_PRODUCT, *ABOUT_CUSTOMER, *HABITS),
    CONTENT: ("name", "category", "brand", "tags", "price_band"),
}
MINIMUM = (
    f"At each of {FEWEST_ORIGINS} instants, {FEWEST_JUDGED} customers who bought before and "
    "after it."
)


def train_models(known: Known, night: date) -> tuple[TrainedModel, ...]:
    """Return both recommenders with their cards; none where nobody ever bought."""
    purchases = known.purchases
    if not len(purchases):
        return ()
    tonight = Split(purchases, known.as_of, known.window)
    similarity = similarity_of(purchases.products, known.words)
    return (
        collaborative_model(known, night, tonight),
        content_model(known, night, tonight, similarity),
    )


def collaborative_model(known: Known, night: date, tonight: Split) -> TrainedModel:
    """Return the recommender that learns from what others bought."""
    origins, gaps = [], []
    points: tuple[CalibrationPoint, ...] = ()
    groups: tuple[GroupFigure, ...] = ()
    for split in judged_splits(tonight):
        ranker = trained(split)
        origins.append(origin_of(split, ranker))
        earlier = split.earlier(1)
        gaps.append(figures_of(earlier, ranker)[FIGURE] - origins[-1].model[FIGURE])
        if len(origins) == 1:
            newest = shown_at(split, ranker)
            points = tuple(calibration_of(newest))
            groups = tuple(groups_of(newest, split, known.people))
    served = trained(tonight)
    is_promoted, reason = judge(origins, FIGURE, lower_is_better=False)
    card = card_of(known, night, COLLABORATIVE, tuple(origins), (is_promoted, reason))
    card = replace(
        card,
        gap=float(np.mean(gaps)) if gaps else None,
        fallback_share=share_without(known, set(known.purchases.customers)),
        calibration=points,
        groups=groups,
    )
    parameters = {
        "ranker": served.as_json(),
        "window": tonight.window,
        "bins": score_bins(known.past, served),
    }
    return keep(card, parameters)


def content_model(
    known: Known, night: date, tonight: Split, similarity: Similarity | None
) -> TrainedModel:
    """Return the recommender that reads the catalogue; it has nothing to learn."""
    origins: list[Origin] = []
    if similarity is not None:
        origins = [
            Origin(
                day_of(split),
                len(split.judged),
                figures_of(split, similarity),
                figures_of(split, None),
            )
            for split in judged_splits(tonight)
        ]
    is_promoted, reason = judge(origins, FIGURE, lower_is_better=False)
    card = card_of(known, night, CONTENT, tuple(origins), (is_promoted, reason))
    reached = set(known.purchases.customers) | set(known.views["customer"])
    card = replace(card, fallback_share=share_without(known, reached))
    return keep(card, {"window": tonight.window})


def share_without(known: Known, reached: set[str]) -> float | None:
    """Return the share of people whom a recommender knows nothing of; None without any."""
    people = set(known.people["customer"])
    return len(people - reached) / len(people) if people else None


def judged_splits(tonight: Split) -> list[Split]:
    """Return the splits whose window is over by tonight and tells something."""
    splits = [tonight.earlier(k) for k in range(1, FEWEST_ORIGINS + 1)]
    return [one for one in splits if len(one.judged) >= FEWEST_JUDGED]


def origin_of(split: Split, ranker: Ranker) -> Origin:
    """Return one test of ``ranker``."""
    rows = len(split.judged)
    return Origin(
        day_of(split), rows, figures_of(split, ranker), figures_of(split, None)
    )


def figures_of(
    split: Split, recommender: Ranker | Similarity | None
) -> Mapping[str, float]:
    """Return the figures of ``recommender`` on first purchases; of popularity for None."""
    past: Past = split.past

    def scores(customers: Ints) -> Floats:
        if recommender is None:
            return np.tile(past.buyers, (len(customers), 1))
        return recommender.scores(past, customers)

    lists = listed(past, scores)(split.judged, True)
    truth = split.truth(is_new=True)
    return judge_lists(lists, truth, past.buyers > 0).as_json()


def card_of(
    known: Known,
    night: date,
    model: str,
    origins: tuple[Origin, ...],
    verdict: tuple[bool, str],
) -> ModelCard:
    """Return a card, without a version and a gap yet."""
    purchases = known.purchases
    products = set(known.catalogue.index[known.catalogue["is_offered"]])
    unknown = len(products - set(purchases.products))
    return ModelCard(
        model=model,
        version="",
        night=night,
        data_from=to_date(purchases.first_day),
        data_to=to_date(purchases.last_day),
        rows=len(purchases),
        features=FEATURES[model],
        baseline=BASELINE,
        judged_by=FIGURE,
        origins=origins,
        gap=None,
        minimum_data=MINIMUM,
        is_promoted=verdict[0],
        reason=verdict[1],
        notes=(
            "A promise holds for those who come back in the window.",
            f"{unknown} of {len(products)} products on offer were never bought.",
            "The share of fallbacks is in marts.recommendation_shares.",
        ),
    )


def day_of(split: Split) -> date:
    """Return the day of a split."""
    return to_date(split.day)


def to_date(day: float) -> date:
    """Return the date (UTC) of a time in days since 1970."""
    return datetime.fromtimestamp(day * SECONDS_A_DAY, tz=UTC).date()
