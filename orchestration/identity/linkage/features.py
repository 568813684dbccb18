"""What two records are compared by: a person's fields in one spelling.

Read by the night's linkage and by `nightpost identity evaluate` alike, so that what is
measured is what runs. Everything is done by the engine; no value leaves it.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import duckdb

from orchestration.home.settings import REPOSITORY

# What a column of a table of people may mean.
MEANINGS = (
    "first_name", "last_name", "full_name", "email", "phone", "birth_date", "street",
    "city", "region", "postal_code", "country", "gender",
)  # fmt: skip
# What records are compared by, and what blocks are made of; all text, null where unknown.
FIELDS = (
    "first_name", "last_name", "name_root", "email", "email_local", "email_digits", "phone",
    "birth_date", "street", "city", "region", "postal_code", "country", "gender",
)  # fmt: skip
_TITLES = "mr|mrs|ms|miss|dr|prof|sir|mme|herr|frau|senor|jr|sr"


def letters(column: str) -> str:
    """Return SQL for a name as it is compared: no case, accents, spaces or signs.

    Letters outside the Latin script are kept: they are compared as they are.
    """
    return (
        "nullif(regexp_replace(strip_accents(replace(replace(replace(replace(lower("
        f"{column}), 'ß', 'ss'), 'æ', 'ae'), 'ø', 'o'), 'ł', 'l')), "
        r"'[^\p{L}]+', '', 'g'), '')"
    )


def words(column: str) -> str:
    """Return SQL for an address line or a town: words of letters and digits."""
    return (
        r"nullif(trim(regexp_replace(strip_accents(lower("
        rf"{column})), '[^\p{{L}}0-9]+', ' ', 'g')), '')"
    )


def days_come_first(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Tell whether the birth dates of ``table`` are written 31.12. rather than 12/31."""
    found = connection.execute(
        "select count(*) filter (where try_cast(part[1] as integer) > 12), "
        "count(*) filter (where try_cast(part[2] as integer) > 12) from (select "
        r"regexp_extract_all(birth_date, '^(\d{1,2})[./-](\d{1,2})[./-]\d{4}', 0) "
        r"as hit, regexp_split_to_array(birth_date, '[./-]') as part "
        f"from {table} where substr(birth_date, 2, 1) in ('.', '/', '-') "
        "or substr(birth_date, 3, 1) in ('.', '/', '-')) "
        "where len(hit) > 0"
    ).fetchone()
    days_first, months_first = found or (0, 0)
    return bool(days_first >= months_first)


def _birth_date(*, days_first: bool) -> str:
    """Return SQL for a date of birth as yyyymmdd."""
    day, month = (1, 2) if days_first else (2, 1)
    parts = r"regexp_split_to_array(trim(birth_date), '[./ T-]')"
    return rf"""
        case
            when regexp_matches(trim(birth_date), '^\d{{8}}(\.0)?$')
            then substr(trim(birth_date), 1, 8)
            when regexp_matches(trim(birth_date), '^\d{{4}}[./-]\d{{1,2}}[./-]\d{{1,2}}')
            then concat(
                {parts}[1], lpad({parts}[2], 2, '0'), lpad({parts}[3], 2, '0')
            )
            when regexp_matches(trim(birth_date), '^\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{4}}')
            then concat(
                {parts}[3], lpad({parts}[{month}], 2, '0'), lpad({parts}[{day}], 2, '0')
            )
        end
    """


def read_nicknames() -> tuple[tuple[str, str], ...]:
    """Return (name, root) for every short form that the package knows."""
    text = (
        files("orchestration.identity.linkage")
        .joinpath("nicknames.csv")
        .read_text("utf-8")
    )
    pairs: dict[str, str] = {}
    for line in text.splitlines():
        names = line.partition("#")[0].split()
        for name in names:
            pairs.setdefault(name, names[0])
    return tuple(sorted(pairs.items()))


@cache
def read_role_mailboxes() -> tuple[str, ...]:
    """Return what stands before the @ of mailboxes that a function reads: "office"."""
    text = REPOSITORY / "seeds" / "reference" / "role_mailboxes.csv"
    rows = text.read_text(encoding="utf-8").splitlines()[1:]
    names = {re.sub("[^a-z0-9]+", "", row.partition(",")[0].lower()) for row in rows}
    return tuple(sorted(names - {""}))


def write_features(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[str],
    into: str,
    *,
    days_first: bool | None = None,
) -> None:
    """Write temp table ``into``: FIELDS of every row of ``table``, with its other columns.

    ``columns`` names the MEANINGS that ``table`` has, all text; it must also have
    `record_id`, `source` and `component_id`. ``days_first`` says how its birth dates are
    written, where these rows alone do not (`days_come_first`).
    """
    has = {name: name if name in columns else "null::varchar" for name in MEANINGS}
    local = (
        "nullif(regexp_replace(split_part(split_part(email, '@', 1), '+', 1), "
        "'[^a-z0-9]+', '', 'g'), '')"
    )
    roles = ", ".join(f"'{one}'" for one in read_role_mailboxes())
    born = "null::varchar"
    if "birth_date" in columns:
        if days_first is None:
            days_first = days_come_first(connection, table)
        born = _birth_date(days_first=days_first)
    names, roots = zip(*read_nicknames(), strict=True)
    connection.execute(
        "create or replace temp table nicknames as "
        "select unnest(?) as name, unnest(?) as root",
        [list(names), list(roots)],
    )
    connection.execute(
        f"""
        create or replace temp table {into} as
        with named as (
            select *, {full_name(has)}
            from {table}
        ),
        cleaned as (
            select
                record_id, source, component_id,
                {letters("given")} as first_name,
                {letters("family")} as last_name,
                nullif(lower(trim({has["email"]})), '') as email,
                nullif(right(regexp_replace({has["phone"]}, '[^0-9]+', '', 'g'), 9), '')
                as phone,
                {born} as birth_date,
                {words(has["street"])} as street,
                {words(has["city"])} as city,
                {words(has["region"])} as region,
                nullif(regexp_replace(upper({has["postal_code"]}), '[^A-Z0-9]+', '', 'g')
                , '') as postal_code,
                {words(has["country"])} as country,
                nullif(left(lower(trim({has["gender"]})), 1), '') as gender
            from named
        )
        select
            cleaned.record_id, cleaned.source, cleaned.component_id,
            first_name, last_name, coalesce(nicknames.root, first_name) as name_root,
            email,
            case when {local} not in ({roles}) then {local} end as email_local,
            nullif(regexp_replace(split_part(email, '@', 1), '[^0-9]+', '', 'g'), '')
            as email_digits,
            phone, birth_date, street, city, region, postal_code, country, gender
        from cleaned
        left join nicknames on nicknames.name = cleaned.first_name
        """
    )


def full_name(has: Mapping[str, str]) -> str:
    """Return SQL for `given` and `family`; a full name stands in where both are missing."""
    bare = rf"trim(regexp_replace(lower({has['full_name']}), '\b({_TITLES})\b\.?', '', 'g'))"
    alone = f"({has['first_name']} is null and {has['last_name']} is null)"
    first = f"split_part({bare}, ' ', 1)"
    last = f"nullif(regexp_extract({bare}, ' ([^ ]+)$', 1), '')"
    return f"""
        case
            when not {alone} then {has["first_name"]}
            when contains({bare}, ',') then trim(split_part({bare}, ',', 2))
            else {first}
        end as given,
        case
            when not {alone} then {has["last_name"]}
            when contains({bare}, ',') then trim(split_part({bare}, ',', 1))
            else {last}
        end as family
    """
