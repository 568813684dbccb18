"""Groups of people in which a model is looked at apart: age, gender, region."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import duckdb
import numpy as np

from orchestration.predictions.lifetime.bgnbd import Floats
from orchestration.predictions.serving.cards import GroupFigure

# A smaller group's figures are chance, and might be one person's.
FEWEST_OF_A_GROUP = 50
Traits = Mapping[str, Mapping[str, str]]

_QUERY = """
select
    profile_id,
    case
        when birth_date is null then null
        when date_sub('year', birth_date, $1) < 25 then 'under 25'
        when date_sub('year', birth_date, $1) < 35 then '25 to 34'
        when date_sub('year', birth_date, $1) < 50 then '35 to 49'
        when date_sub('year', birth_date, $1) < 65 then '50 to 64'
        else '65 and over'
    end as age_band,
    gender,
    coalesce(region, country_code) as region
from marts.profiles
order by profile_id
"""


def read_traits(connection: duckdb.DuckDBPyConnection, as_of: date) -> Traits:
    """Return the value of each person by dimension; people without one are left out."""
    rows = connection.execute(_QUERY, [as_of]).fetchall()
    return {
        dimension: {row[0]: str(row[at]) for row in rows if row[at] is not None}
        for at, dimension in enumerate(("age_band", "gender", "region"), start=1)
    }


def group_figures(
    traits: Traits, people: Any, predicted: Floats, observed: Floats
) -> Iterator[GroupFigure]:
    """Yield mean prediction and outcome of each group with 50 people or more."""
    for dimension, values in sorted(traits.items()):
        of_people = np.array(
            [values.get(person, "") for person in people], dtype=object
        )
        for value in sorted(set(of_people.tolist()) - {""}):
            rows = of_people == value
            if int(rows.sum()) >= FEWEST_OF_A_GROUP:
                yield GroupFigure(
                    dimension,
                    value,
                    int(rows.sum()),
                    float(predicted[rows].mean()),
                    float(observed[rows].mean()),
                )
