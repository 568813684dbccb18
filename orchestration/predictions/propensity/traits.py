"""Groups of people in which a model is looked at apart: age, gender, region."""

from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import numpy as np

from orchestration.predictions.lifetime.bgnbd import Floats
from orchestration.predictions.serving.cards import GroupFigure

# A smaller group's figures are chance, and might be one person's.
FEWEST_OF_A_GROUP = 50
Traits = Mapping[str, Mapping[str, str]]

_QUERY = """
select profiles.profile_id, facts.age_band, profiles.gender,
    coalesce(profiles.region, profiles.country_code) as region
from marts.profiles as profiles
left join (select profile_id, age_band from marts.profile_facts) as facts using (profile_id)
order by profiles.profile_id
"""


def read_traits(connection: duckdb.DuckDBPyConnection) -> Traits:
    """Return the value of each person by dimension; people without one are left out."""
    rows = connection.execute(_QUERY).fetchall()
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
