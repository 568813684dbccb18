"""What each source table promises, read from the dbt yml that also documents it.

A contract says how a file is written, which columns it must hold, and how far it may
differ from the files before it. What the values mean is said by the staging models.
"""

import codecs
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import yaml

OWN_SOURCE = "nightpost"
# Sources that Nightpost writes itself; no files of theirs arrive.
NOT_DELIVERED = frozenset(
    {OWN_SOURCE, "cleaned", "linked", "people", "predictions", "recommender"}
)
DELIVERIES = ("append", "versions", "snapshot")
RESERVED_COLUMNS = frozenset(
    {
        *("_source_file", "_row_number", "_export_date", "_file_id", "_is_replaced"),
        "export_date",
    }
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SWITCH = re.compile(r"\{\{\s*var\(\s*['\"](\w+)['\"]\s*(?:,\s*(\w+)\s*)?\)\s*\}\}")
GENERATIONS = ("joins", "replaces")
DATE_ORDERS = ("ymd", "dmy", "mdy")
UNKNOWN_COLUMNS = ("keep", "hold")
WHEN_STALE = ("serve", "hold")
SIDECARS = ("none", "done", "rows", "sha256")
_DEFAULTS: Mapping[str, Any] = {
    "delimiter": ",",
    "quote": '"',
    "encoding": "utf-8",
    "decimal": ".",
    "date_order": "ymd",
    "time_zone": None,
    "generation": None,
    "sidecar": "none",
    "key": [],
    "event_time": None,
    "rows": {},
    "max_change": None,
    "max_null_jump": 0.5,
    "max_reject_share": 0.1,
    "unknown_columns": "keep",
    "max_age_days": 3,
    "when_stale": "serve",
    "says_no": False,
}
_SHARES = ("max_change", "max_null_jump", "max_reject_share")
_ROWS = ("at_least", "at_most")


class ContractError(Exception):
    """A source's yml does not say what the loader must know."""


@dataclass(frozen=True)
class Column:
    """One promised column: its vendor name, whether it must be there, how it reads.

    ``aliases`` are other headers under which it may come; ``personal`` is its class of
    personal data: `direct`, `indirect` or none; ``says_no``: whoever says no says it here.
    """

    name: str
    required: bool
    reads_as: str
    aliases: tuple[str, ...] = ()
    personal: str = ""
    says_no: bool = False


@dataclass(frozen=True)
class Contract:
    """How the files of one source table are written and what they must hold.

    `generation` says whether a new file of a known export date joins the files of that
    date or replaces them; `sidecar` which one must lie beside a file; `rows` how many
    rows it may have; `max_change` by which share of the usual its rows may differ;
    `max_null_jump` by how much a column's share of empty values may grow;
    `max_reject_share` how many of its rows may be unreadable; `says_no` whether its rows
    can withdraw somebody's consent, so that what cannot be read of it must be kept.
    """

    source: str
    table: str
    delivery: str
    delimiter: str
    quote: str
    encoding: str
    max_age_days: int
    columns: tuple[Column, ...]
    decimal: str = "."
    date_order: str = "ymd"
    time_zone: str | None = None
    generation: str = "joins"
    sidecar: str = "none"
    key: tuple[str, ...] = ()
    event_time: str | None = None
    rows_at_least: int = 0
    rows_at_most: int | None = None
    max_change: float | None = None
    max_null_jump: float = 0.5
    max_reject_share: float = 0.1
    unknown_columns: str = "keep"
    when_stale: str = "serve"
    says_no: bool = False
    description: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns without which a file is held back."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def sha256(self) -> str:
        """The hex digest that changes with any promise of this contract."""
        promises = asdict(self) | {"description": "", "owner": ""}
        body = json.dumps(promises, sort_keys=True).encode()
        return hashlib.sha256(body).hexdigest()


def read_contracts(
    project_dir: Path, switches: Mapping[str, Any] | None = None
) -> tuple[Contract, ...]:
    """Return the contracts of all sources that are switched on, by source and table.

    ``switches`` are dbt vars that win over those of dbt_project.yml.

    Raises:
        ContractError: a yml cannot be read or leaves a question open.
    """
    project_vars = _read_yml(project_dir / "dbt_project.yml").get("vars") or {}
    switches = {**project_vars, **(switches or {})}
    contracts: dict[tuple[str, str], Contract] = {}
    staging = project_dir / "models" / "staging"
    for path in sorted(staging.glob("**/_*__sources.yml")):
        for contract in _read_sources(path, switches):
            key = (contract.source, contract.table)
            if key in contracts:
                raise ContractError(
                    f"{path.name}: {contract.source}.{contract.table} is described "
                    "twice; keep one of the two."
                )
            contracts[key] = contract
    return tuple(contracts[key] for key in sorted(contracts))


def switched_off(project_dir: Path, source: str) -> str | None:
    """Return the dbt var that would switch ``source`` on, if it is off and known."""
    project_vars = _read_yml(project_dir / "dbt_project.yml").get("vars") or {}
    for path in sorted((project_dir / "models" / "staging").glob("**/_*__sources.yml")):
        for entry in _read_yml(path).get("sources") or []:
            enabled = str((entry.get("config") or {}).get("enabled", "")).strip()
            match = _SWITCH.fullmatch(enabled)
            if entry.get("name") == source and match:
                return None if project_vars.get(match[1]) else match[1]
    return None


def _read_sources(path: Path, switches: dict[str, Any]) -> list[Contract]:
    sources = _read_yml(path).get("sources") or []
    return [
        _read_table(path, source, table)
        for source in sources
        if source.get("name") not in NOT_DELIVERED and _is_on(source, switches, path)
        for table in source.get("tables") or []
    ]


def _is_on(source: dict[str, Any], switches: dict[str, Any], path: Path) -> bool:
    enabled = (source.get("config") or {}).get("enabled", True)
    if isinstance(enabled, bool):
        return enabled
    match = _SWITCH.fullmatch(str(enabled).strip())
    value = switches.get(match[1], match[2]) if match else None
    if str(value).lower() not in ("true", "false"):
        raise ContractError(
            f"{path.name}: source {source.get('name')}: `enabled` must be true, false "
            "or a var that dbt_project.yml sets to true or false."
        )
    return str(value).lower() == "true"


def _read_table(path: Path, source: dict[str, Any], table: dict[str, Any]) -> Contract:
    source_name, name = str(source.get("name")), str(table.get("name"))
    where = f"{path.name}: {source_name}.{name}"
    if not (_NAME.fullmatch(source_name) and _NAME.fullmatch(name)):
        raise ContractError(f"{where}: names are lower case letters, digits and _.")
    source_meta = (source.get("config") or {}).get("meta") or {}
    meta = (table.get("config") or {}).get("meta") or {}
    promises = {**_DEFAULTS, **(meta.get("contract") or {})}
    _check_promises(where, promises)
    columns = _read_columns(where, table.get("columns") or [])
    _check_named(where, promises, {column.name for column in columns})
    is_snapshot = promises["delivery"] == "snapshot"
    return Contract(
        source=source_name,
        table=name,
        delivery=promises["delivery"],
        delimiter=promises["delimiter"],
        quote=promises["quote"],
        encoding=codecs.lookup(promises["encoding"]).name,
        max_age_days=promises["max_age_days"],
        columns=columns,
        decimal=promises["decimal"],
        date_order=promises["date_order"],
        time_zone=promises["time_zone"],
        generation=promises["generation"] or ("replaces" if is_snapshot else "joins"),
        sidecar=promises["sidecar"],
        key=tuple(promises["key"]),
        event_time=promises["event_time"],
        rows_at_least=promises["rows"].get("at_least", 0),
        rows_at_most=promises["rows"].get("at_most"),
        max_change=promises["max_change"],
        max_null_jump=promises["max_null_jump"],
        max_reject_share=promises["max_reject_share"],
        unknown_columns=promises["unknown_columns"],
        when_stale=promises["when_stale"],
        says_no=promises["says_no"],
        description=str(table.get("description") or "").strip(),
        owner=str(meta.get("owner") or source_meta.get("owner") or ""),
    )


def _check_promises(where: str, promises: dict[str, Any]) -> None:
    unknown = sorted(set(promises) - {*_DEFAULTS, "delivery"})
    if unknown:
        raise ContractError(f"{where}: the contract knows no {', '.join(unknown)}.")
    if promises.get("delivery") not in DELIVERIES:
        raise ContractError(
            f"{where}: meta.contract.delivery must be one of {', '.join(DELIVERIES)}."
        )
    delimiter, quote = promises["delimiter"], promises["quote"]
    if not _is_character(delimiter) or not (quote == "" or _is_character(quote)):
        raise ContractError(f"{where}: delimiter and quote are one character each.")
    if delimiter == quote:
        raise ContractError(f"{where}: delimiter and quote must differ.")
    days = promises["max_age_days"]
    if type(days) is not int or days < 0:
        raise ContractError(f"{where}: max_age_days must be a whole number of days.")
    if not _is_text_encoding(promises["encoding"]):
        raise ContractError(f"{where}: the encoding is not one that Python knows.")
    _check_choices(where, promises)
    _check_bounds(where, promises)


def _check_choices(where: str, promises: dict[str, Any]) -> None:
    choices = {
        "decimal": (".", ","),
        "date_order": DATE_ORDERS,
        "generation": (*GENERATIONS, None),
        "sidecar": SIDECARS,
        "unknown_columns": UNKNOWN_COLUMNS,
        "when_stale": WHEN_STALE,
        "says_no": (True, False),
    }
    for name, allowed in choices.items():
        if promises[name] not in allowed:
            listed = ", ".join(str(one) for one in allowed if one is not None)
            raise ContractError(f"{where}: {name} must be one of {listed}")
    zone = promises["time_zone"]
    if zone is not None and zone not in available_timezones():
        raise ContractError(
            f"{where}: time_zone must be a name of the IANA list, like Europe/Berlin."
        )


def _check_bounds(where: str, promises: dict[str, Any]) -> None:
    rows = promises["rows"]
    if not isinstance(rows, dict) or set(rows) - set(_ROWS):
        raise ContractError(f"{where}: rows knows at_least and at_most.")
    if any(type(value) is not int or value < 0 for value in rows.values()):
        raise ContractError(f"{where}: rows are bounded by whole numbers.")
    for name in _SHARES:
        share = promises[name]
        is_share = type(share) in (int, float) and share >= 0
        if not is_share and not (share is None and name == "max_change"):
            raise ContractError(f"{where}: {name} must be a share like 0.1.")


def _check_named(where: str, promises: dict[str, Any], columns: set[str]) -> None:
    """Check that `key` and `event_time` name columns that the contract lists."""
    key, event_time = promises["key"], promises["event_time"]
    if not isinstance(key, list) or not all(isinstance(name, str) for name in key):
        raise ContractError(f"{where}: key must be a list of columns.")
    named = {*key, *([event_time] if event_time is not None else [])}
    if strange := sorted(str(name) for name in named - columns):
        raise ContractError(
            f"{where}: key or event_time names {', '.join(strange)}, which is not "
            "among its columns."
        )


def _read_columns(where: str, entries: list[dict[str, Any]]) -> tuple[Column, ...]:
    columns = tuple(_read_column(where, entry) for entry in entries)
    names = [
        name.lower() for column in columns for name in (column.name, *column.aliases)
    ]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ContractError(f"{where}: column {', '.join(twice)} is listed twice.")
    if taken := sorted(RESERVED_COLUMNS.intersection(names)):
        raise ContractError(f"{where}: {', '.join(taken)} is a reserved name.")
    return columns


def _read_column(where: str, entry: dict[str, Any]) -> Column:
    meta = (entry.get("config") or {}).get("meta") or {}
    name, required = entry.get("name"), meta.get("required", False)
    if not isinstance(name, str) or not name or "\0" in name:
        raise ContractError(f"{where}: a column has no name.")
    if not isinstance(required, bool):
        raise ContractError(f"{where}: `required` of {name} must be true or false.")
    aliases = meta.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(a, str) for a in aliases):
        raise ContractError(f"{where}: `aliases` of {name} must be a list of headers.")
    return Column(
        name,
        required,
        str(meta.get("reads_as", "text")),
        tuple(aliases),
        str(meta.get("personal", "")),
        bool(meta.get("says_no", False)),
    )


def _read_yml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise ContractError(f"{path.name} is missing from the dbt project.") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ContractError(f"{path.name} is not readable as yml.") from None
    if not isinstance(content, dict):
        raise ContractError(f"{path.name} must be a mapping at its top.")
    return content


def _is_character(value: object) -> bool:
    return isinstance(value, str) and len(value) == 1 and value not in "\r\n\0"


def _is_text_encoding(name: object) -> bool:
    try:
        return isinstance(name, str) and "e".encode(name) is not None
    except (LookupError, UnicodeEncodeError):
        return False
