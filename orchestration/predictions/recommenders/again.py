"""Training both recommenders on demand, on the published night, for the nights after it."""

from datetime import date

import duckdb

from orchestration.home.locks import night_lock
from orchestration.home.published import read_current
from orchestration.home.settings import Settings
from orchestration.predictions.recommenders.candidates import read_known
from orchestration.predictions.recommenders.train import train_models
from orchestration.predictions.serving.promotion import (
    ON_DEMAND,
    TrainedModel,
    write_model,
)


def train_recommenders(settings: Settings) -> tuple[TrainedModel, ...]:
    """Train and keep both; none where nobody ever bought.

    Raises:
        NothingPublishedError: there is no night to train on.
        NightRunningError: a night is running on this home.
        RecommendationsError: the published database could not be read.
    """
    with night_lock(settings.home, wait=False):
        published = read_current(settings)
        database = str(settings.home / published.database)
        with duckdb.connect(database, read_only=True) as connection:
            known = read_known(connection)
        models = train_models(known, date.fromisoformat(published.night))
        for one in models:
            write_model(settings, one, ON_DEMAND)
    return models
