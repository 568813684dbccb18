"""Compare what earlier nights foretold with what came."""

from datetime import date, timedelta

import numpy as np

from orchestration.predictions.inputs import (
    DEEDS,
    DIGITS,
    HORIZONS,
    LIFETIME,
    PURCHASES,
    STATE,
    Night,
    rounded,
)
from orchestration.predictions.prediction_tables import add_rows
from orchestration.predictions.propensity.propensity import PROPENSITIES
from orchestration.predictions.serving import figures
from orchestration.predictions.serving.templates import outcomes_sql, purchases_sql
from orchestration.watching.drift_state import earlier_states


def look_back(night: Night) -> None:
    """Compare the newest predictions whose days are over with what came."""
    history = earlier_states(night.settings, STATE, night.as_of)
    horizons = {
        LIFETIME: HORIZONS[0],
        **{p.name: p.days for p in PROPENSITIES.values()},
    }
    for model, days in horizons.items():
        over = [one for one in history if one[0] <= night.as_of - timedelta(days=days)]
        if not over:
            continue
        then, file = over[-1]
        rows = night.connection.execute(
            f"select predicted, coalesce(came.came, 0) from ({came_sql(model, then, night)})"
            " as came right join (select profile_id, predicted from read_parquet(?, "
            "hive_partitioning = false) where model = ?) as kept using (profile_id) "
            "where profile_id not in (select profile_id from "
            "intermediate.int_personalisation_refused) order by profile_id",
            [str(file), model],
        ).fetchall()
        if not rows:
            continue
        predicted, came = np.array(rows, dtype=np.float64).T
        if model in PROPENSITIES and not PROPENSITIES[model].happens:
            came = 1.0 - came
        auc = figures.auc(predicted, np.minimum(came, 1.0))
        add_rows(
            night.connection,
            "outcomes",
            {
                "model": [model],
                "predicted_date": [then],
                "people": [len(rows)],
                "predicted": rounded([predicted.mean()]),
                "observed": rounded([came.mean()]),
                "auc": [None if np.isnan(auc) else round(auc, DIGITS)],
            },
        )


def came_sql(model: str, then: date, night: Night) -> str:
    """Return the query for what came after ``then``: profile_id and came."""
    if model == LIFETIME:
        until = then + timedelta(days=HORIZONS[0])
        query = purchases_sql(PURCHASES, then, until, night.as_of)
        return f"select profile_id, order_count as came from ({query})"
    one = PROPENSITIES[model]
    query = outcomes_sql(DEEDS, one.deed, then, one.days, night.as_of)
    return f"select profile_id, 1 as came from ({query})"
