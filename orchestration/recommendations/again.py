"""Training both recommenders on demand, on the published night, for the nights after it."""

from datetime import date

import duckdb

from orchestration.locks import night_lock
from orchestration.predictions.promotion import ON_DEMAND, TrainedModel, write_model
from orchestration.publish import read_current
from orchestration.recommendations.nightly import read_known
from orchestration.recommendations.training import train_models
from orchestration.settings import Settings


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
