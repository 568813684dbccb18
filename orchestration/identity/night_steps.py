"""What a night does about people: judge addresses, look for links, settle who is who."""

from datetime import date

import duckdb

from orchestration.building.dbt import Project
from orchestration.home.notes import Held, add_held
from orchestration.home.settings import Settings
from orchestration.identity.cleaning.values import (
    Cleaned,
    clean_values,
    held_columns,
)
from orchestration.identity.linkage.learning import learn
from orchestration.identity.linkage.linkage import (
    Linked,
    count_records,
    link_records,
    write_empty_linked_tables,
)
from orchestration.identity.linkage.model_state import STATE as MODEL_STATE
from orchestration.identity.linkage.model_state import (
    earlier_model,
    is_outgrown,
    write_model,
)
from orchestration.identity.people.settling import (
    Settled,
    read_rules,
    settle_people,
)
from orchestration.watching.drift_state import earlier_states

STATE = "people"


def judge_values(settings: Settings, project: Project) -> tuple[Cleaned, ...]:
    """Judge the addresses and phones of the staging models, each distinct one once."""
    with duckdb.connect(str(settings.warehouse)) as connection:
        return tuple(
            clean_values(
                connection,
                held_columns(project.plain["nodes"]),
                settings.warehouse.parent,
                settings.variable("default_country"),
            )
        )


def link_night(settings: Settings, as_of: date) -> Linked | None:
    """Write the schema `linked` of the warehouse; empty where linking is switched off.

    Raises:
        LinkageError: the engine refused.
        ModelDamagedError: the newest model cannot be read.
    """
    history = earlier_states(settings, MODEL_STATE, as_of)
    listed = settings.variables.get("deduplicated_sources") or []
    deduplicated = [str(one) for one in listed] if isinstance(listed, list) else []
    with duckdb.connect(str(settings.warehouse)) as connection:
        if not settings.variables.get("link_probably", True):
            write_empty_linked_tables(connection)
            write_model(connection, None)
            return None
        fitted = None
        model = earlier_model(connection, history)
        if model is None or is_outgrown(model, count_records(connection)):
            model = fitted = learn(connection)
        write_model(connection, fitted)
        return link_records(connection, model, deduplicated, settings.warehouse.parent)


def settle_night(settings: Settings, as_of: date) -> Settled:
    """Settle who is who in the warehouse, over what earlier nights left.

    What the brake froze is said, and held back.

    Raises:
        PeopleError: the engine refused, or the ledger contradicts itself.
    """
    rules = read_rules(settings.variables)
    history = earlier_states(settings, STATE, as_of)
    with duckdb.connect(str(settings.warehouse)) as connection:
        settled = settle_people(connection, as_of, history, rules)
    add_held(settings, as_of, held_people(settled))
    return settled


def held_people(settled: Settled) -> list[Held]:
    """Return a sentence for what the brake froze, one a limit; ids and counts only."""
    by_limit: dict[str, list[int]] = {}
    for one in settled.frozen:
        by_limit.setdefault(one.limit_name, []).append(one.size)
    held = [
        Held("people", limit, frozen_sentence(limit, sizes))
        for limit, sizes in sorted(by_limit.items())
    ]
    if settled.hubs:
        held.append(
            Held(
                "people",
                "shared_values",
                f"{len(settled.hubs)} value(s) that too many people share tie nobody "
                f"together (first: {settled.hubs[0]}). Look at marts/profile_identifiers "
                "and list them in seeds/reference/untrusted_identifiers.csv.",
            )
        )
    return held


def frozen_sentence(limit: str, sizes: list[int]) -> str:
    """Return what was frozen by ``limit``, how large it was and what to do next."""
    if limit.endswith("_per_person"):
        return (
            f"{len(sizes)} cluster(s) of up to {max(sizes)} identifiers of one type are "
            f"beyond {limit} and stay as they were. Find the value that ties them in "
            "people.frozen and list it in seeds/reference/untrusted_identifiers.csv, or "
            "raise the limit in seeds/reference/identifier_types.csv."
        )
    return (
        f"Tonight's merges of {sum(sizes)} people are beyond {limit} and wait: everybody "
        "stays who they were. Look at people.frozen; if it is right, raise "
        "identity_brake_* in dbt_project.yml and run the night again."
    )
