"""Which pairs of records are compared at all.

A rule gives each record keys; records that share one are compared. A rule may be broad
(a birth date alone): a block larger than its cap is left to the narrower rules and is
counted. So small tables are searched widely and large ones in linear time.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import duckdb

NARROW, BROAD = 120, 30
# Above so many records one name or one place alone makes pairs only where few share it: such
# pairs would be more than half of all. With LARGE at 0 it costs 0.001 of F1 on fake_1000, and
# 0.002 on historical_50k, where most records are noisy.
LARGE, FEW = 60_000, 10
# Above so many records, blocks of names that are only alike fill up to their cap, and pairs
# would grow faster than records: 31 a record at 1,000,000, 11 at 100,000. With VAST at 0 it
# costs nothing more on fake_1000, and 0.011 on historical_50k, which has ten records a person.
VAST, FEWEST = 300_000, 8
ALONE = frozenset({"token", "token+domain", "postal_code", "street"})
FILLING = frozenset(
    {"sounds", "token+year", "token+month_day", "token+year_month", "token+city"}
)


@dataclass(frozen=True)
class Rule:
    """Records with the same ``key`` are compared.

    The key is SQL over the fields, over `token` (see below), and over how names sound.
    """

    name: str
    needs: tuple[str, ...]
    key: str
    cap: int = NARROW


SOUNDS = {
    "first_name": "first_sound",
    "last_name": "last_sound",
    "name_root": "root_sound",
}


def _skeleton(name: str) -> str:
    """Return SQL for how a name roughly sounds: its first letter and its consonants."""
    bare = f"replace(replace(replace({name}, 'ph', 'f'), 'ck', 'k'), 'c', 'k')"
    for letter in "lmnrst":
        bare = f"replace({bare}, '{letter * 2}', '{letter}')"
    consonants = f"translate(substr({bare}, 2), 'aeiouyhw', '')"
    return f"left(concat(left({bare}, 1), {consonants}), 4)"


_SORTED = "concat(least(first_name, last_name), '/', greatest(first_name, last_name))"
_SOUNDS = "concat(least(root_sound, last_sound), '/', greatest(root_sound, last_sound))"
_DOMAIN = "nullif(split_part(email, '@', 2), '')"
_NAMES = ("first_name", "last_name")

# `token` is a record's first name and its last name in turn: names stand in the wrong column.
RULES = (
    Rule("email", ("email",), "email"),
    Rule("email_local", ("email",), "case when length(email_local) > 4 then email_local end"),
    Rule("phone", ("phone",), "phone"),
    Rule("names", _NAMES, _SORTED),
    Rule("sounds", _NAMES, _SOUNDS, BROAD),
    Rule("birth_date", ("birth_date",), "birth_date", BROAD),
    Rule("token", _NAMES, "token", BROAD),
    Rule("token+birth_date", (*_NAMES, "birth_date"), "token || '/' || birth_date"),
    Rule("token+year", (*_NAMES, "birth_date"),
         "token_sound || '/' || left(birth_date, 4)", BROAD),
    Rule("token+month_day", (*_NAMES, "birth_date"),
         "token_sound || '/' || right(birth_date, 4)", BROAD),
    Rule("token+year_month", (*_NAMES, "birth_date"),
         "left(token, 2) || '/' || left(birth_date, 6)", BROAD),
    Rule("token+postal_code", (*_NAMES, "postal_code"), "token || '/' || postal_code"),
    Rule("token+city", (*_NAMES, "city"), "token || '/' || city", BROAD),
    Rule("token+street", (*_NAMES, "street"), "left(token, 3) || '/' || street"),
    Rule("token+domain", (*_NAMES, "email"), f"token || '/' || {_DOMAIN}", BROAD),
    Rule("birth_date+postal_code", ("birth_date", "postal_code"),
         "birth_date || '/' || postal_code"),
    Rule("birth_date+city", ("birth_date", "city"), "birth_date || '/' || city"),
    Rule("birth_date+local", ("birth_date", "email"),
         "birth_date || '/' || left(email_local, 3)"),
    Rule("birth_date+domain", ("birth_date", "email"),
         f"left(birth_date, 4) || '/' || {_DOMAIN}", BROAD),
    Rule("postal_code", ("postal_code",), "postal_code", BROAD),
    Rule("street", ("street",), "street", BROAD),
    Rule("sounds+city", (*_NAMES, "city"),
         "last_sound || '/' || left(first_name, 1) || '/' || city", BROAD),
    Rule("initials+postal_code", (*_NAMES, "postal_code"),
         "left(token, 1) || '/' || postal_code", BROAD),
)  # fmt: skip


def rules_for(filled: Collection[str], records: int) -> tuple[Rule, ...]:
    """Return the rules that the ``filled`` fields of so many records allow."""
    found = (rule for rule in RULES if set(rule.needs) <= set(filled))
    return tuple(replace(rule, cap=cap_of(rule, records)) for rule in found)


def cap_of(rule: Rule, records: int) -> int:
    """Return how many of so many records one block of ``rule`` may hold."""
    if records > VAST and rule.name in FILLING:
        return FEWEST
    return min(rule.cap, FEW) if records > LARGE and rule.name in ALONE else rule.cap


def write_keys(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], contents: str
) -> None:
    """Write temp table `new_keys` (rule, block_key, id) of the keys of ``contents``.

    Keys are the engine's hashes, quick to make and to join and nobody's value: they say
    who is compared and go no further than this engine, never into what is written.
    `old_keys` (and stays), those of contents that are known already, is left empty.
    """
    keys: list[str] = []
    numbers: list[int] = []
    for number, rule in enumerate(rules):
        first = _of_token(rule.key, "first")
        keys.append(first)
        if first != rule.key:
            last = _of_token(rule.key, "last")
            keys.append(f"case when {last} is distinct from {first} then {last} end")
        numbers += [number] * (len(keys) - len(numbers))
    # a name that many bear is listened to once
    names = " union ".join(f"select {name} as name from {contents}" for name in SOUNDS)
    joins = " ".join(
        f"left join sounds as {sound} on {sound}.name = said.{name}"
        for name, sound in SOUNDS.items()
    )
    # a missing name sounds like nothing, so those that miss one are compared as well
    sounds = ", ".join(
        f"coalesce({sound}.sound, '') as {sound}" for sound in SOUNDS.values()
    )
    connection.execute(
        f"""
        create or replace temp table sounds as
        with names as ({names})
        select name, {_skeleton("name")} as sound from names where name is not null;
        create or replace temp table new_keys as
        with heard as (
            select said.*, {sounds} from {contents} as said {joins}
        ),
        listed as (
            select id, unnest([{", ".join(keys)}]) as key, unnest({numbers}) as number
            from heard
        )
        select number::utinyint as rule, hash(number, key) as block_key, id
        from listed where key is not null;
        create or replace temp table old_keys as
        select *, true as stays from new_keys limit 0;
        drop table sounds
        """
    )


def _of_token(key: str, name: str) -> str:
    """Return ``key`` of a record's first or last name, where it is of a token."""
    key = key.replace("token_sound", f"{name}_sound")
    return re.sub(r"\btoken\b", f"{name}_name", key)


def write_blocks(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]
) -> dict[int, int]:
    """Write temp tables `blocks`, `opened` and `closed` of the blocks that keys are in.

    All are (block_key); a block of one record is none. `opened` were too large and
    are not any more, `closed` the other way round. Return by rule how many more blocks are
    too large than were.
    """
    caps = ", ".join(f"({number}, {rule.cap})" for number, rule in enumerate(rules))
    connection.execute(
        f"""
        create or replace temp table sized as
        with counted as (
            select block_key, any_value(rule) as rule, 0 as was, count(*) as size
            from new_keys group by block_key
            union all
            select block_key, any_value(rule), count(*), count(*) filter (stays)
            from old_keys group by block_key
        ),
        added as (
            select block_key, any_value(rule) as rule,
                sum(was)::bigint as was, sum(size)::bigint as size
            from counted group by block_key having greatest(sum(was), sum(size)) > 1
        )
        select added.*, caps.cap
        from added inner join (values {caps}) as caps (rule, cap) using (rule)
        """
        if _count(connection, "old_keys")
        else f"""
        create or replace temp table sized as
        with counted as (
            select block_key, any_value(rule) as rule, 0 as was, count(*) as size
            from new_keys group by block_key having count(*) > 1
        )
        select counted.*, caps.cap
        from counted inner join (values {caps}) as caps (rule, cap) using (rule)
        """
    )
    for table, condition in (
        ("blocks", "size between 2 and cap"),
        ("opened", "was > cap and size between 2 and cap"),
        ("closed", "was <= cap and size > cap"),
    ):
        connection.execute(
            f"create or replace temp table {table} as "
            f"select block_key from sized where {condition}"
        )
    return dict(
        connection.execute(
            "select rule, count(*) filter (size > cap) - count(*) filter (was > cap) "
            "from sized where greatest(was, size) > cap group by rule order by rule"
        ).fetchall()
    )


def write_pairs(connection: duckdb.DuckDBPyConnection, most: int | None = None) -> int:
    """Write temp table `pairs` (l, r), l < r: new ones that share a block with any other.

    So do pairs of old ones of a block that was too large. With ``most``, about so many
    of them: all pairs of every so many-th record. Return of how many pairs one is there.
    """
    thin = 1
    if most:
        (found,) = connection.execute(
            "select coalesce(sum(size * (size - 1)), 0) / 2 from sized where size <= cap"
        ).fetchone() or (0,)
        thin = max(1, int(found) // most)
    connection.execute(
        """
        create or replace temp view new_used as
        select block_key, id from new_keys semi join blocks using (block_key);
        create or replace temp view old_used as
        select block_key, id from old_keys semi join blocks using (block_key)
        where stays;
        create or replace temp view reopened as
        select block_key, id from old_keys semi join opened using (block_key)
        where stays
        """
    )
    found_by = [
        "select one.id as l, other.id as r from new_used as one "
        "inner join new_used as other using (block_key) "
        f"where one.id < other.id and one.id % {thin} = 0"
    ]
    if _count(connection, "old_keys"):
        found_by += [
            "select least(one.id, other.id), greatest(one.id, other.id) "
            "from new_used as one inner join old_used as other using (block_key)",
            "select one.id, other.id from reopened as one "
            "inner join reopened as other using (block_key) where one.id < other.id",
        ]
    connection.execute(
        "create or replace temp table pairs as select distinct l, r from ("
        + " union all ".join(found_by)
        + ")"
    )
    return thin


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    (count,) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)
    return int(count)
