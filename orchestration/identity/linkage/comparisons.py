"""How two records are compared: for each field the levels from the same to different.

Levels are written as Splink writes them (`sql_condition` over `<field>_l` and
`<field>_r`, the first that holds counts), so that a model can be opened with Splink.
The first level of a comparison is "unknown" and weighs nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass

SAME, FUZZY = 1.0, 0.5


@dataclass(frozen=True)
class Level:
    """One outcome of a comparison.

    ``frequency_of`` names the field whose rarity counts, ``share`` how far.
    """

    label: str
    condition: str
    frequency_of: str | None = None
    share: float = 0.0


@dataclass(frozen=True)
class Comparison:
    """The levels of one comparison, best first; the first is null, the last is all else."""

    name: str
    needs: str
    levels: tuple[Level, ...]


def _jw(one: str, other: str, least: float) -> str:
    return f"jaro_winkler_similarity({one}, {other}) >= {least}"


def _only_if(cheap: str, condition: str) -> str:
    """Return SQL for both, the dear ``condition`` only worked out where ``cheap`` holds."""
    return f"(case when {cheap} then {condition} else false end)"


_SWAPPED = "(first_name_l = last_name_r and last_name_l = first_name_r)"
_SWAPPED_CLOSE = _only_if(
    "left(first_name_l, 1) = left(last_name_r, 1) "
    "and left(last_name_l, 1) = left(first_name_r, 1)",
    f"({_jw('first_name_l', 'last_name_r', 0.88)} "
    f"and {_jw('last_name_l', 'first_name_r', 0.88)} "
    f"and not {_jw('first_name_l', 'first_name_r', 0.88)})",
)
_CROSSED = (
    "((first_name_l = last_name_r and (last_name_l is null or first_name_r is null)) or "
    "(last_name_l = first_name_r and (last_name_r is null or first_name_l is null)))"
)


def _typo(field: str) -> str:
    """Return SQL for one wrong, missing, added or moved letter, more in a long word."""
    return _only_if(
        f"abs(length({field}_l) - length({field}_r)) <= 2 "
        f"and least(length({field}_l), length({field}_r)) > 2 "
        f"and (length({field}_l) < 5 or {_jw(f'{field}_l', f'{field}_r', 0.7)})",
        f"damerau_levenshtein({field}_l, {field}_r) "
        f"<= case when length({field}_l) > 8 then 2 else 1 end",
    )


def _prefix(field: str) -> str:
    """Return SQL: one is how the other begins, "Kat" and "Katherine"."""
    return f"(starts_with({field}_l, {field}_r) or starts_with({field}_r, {field}_l))"


def _other_ending(name: str) -> str:
    """Return SQL: only a vowel at the end differs, as in Daniel and Daniela, Leo and Lea.

    Such names are two people's more often than a slip of one finger.
    """
    trimmed = [f"regexp_replace({name}_{side}, '[aeio]$', '')" for side in "lr"]
    return f"{trimmed[0]} = {trimmed[1]}"


def _edits(field: str, most: int) -> str:
    """Return SQL for at most so many typos in a number of fixed length.

    Only where few places differ may neighbours be swapped: counting places is cheap.
    """
    edits = f"damerau_levenshtein({field}_l, {field}_r) <= {most}"
    places = f"hamming({field}_l, {field}_r)"
    return (
        f"(case when length({field}_l) <> length({field}_r) then "
        f"{_only_if(f'abs(length({field}_l) - length({field}_r)) <= {most}', edits)} "
        f"when {places} <= {most} then true "
        f"when {places} <= {most + 1} then {edits} else false end)"
    )


def _in_local(name: str) -> str:
    """Return SQL: one record lacks the name, and its address is made of the other's."""
    either = " or ".join(
        f"({name}_{a} is null and length({name}_{b}) > 3 "
        f"and contains(email_local_{a}, {name}_{b}))"
        for a, b in (("l", "r"), ("r", "l"))
    )
    return _only_if(f"{name}_l is null or {name}_r is null", f"({either})")


FIRST_NAME = Comparison(
    "first_name",
    "first_name",
    (
        Level(
            "unknown",
            f"(first_name_l is null or first_name_r is null) and not coalesce({_CROSSED}"
            f" or {_in_local('first_name')}, false)",
        ),
        Level("same", "first_name_l = first_name_r", "first_name", SAME),
        Level("swapped with the last name", _SWAPPED),
        Level("swapped, misspelt", _SWAPPED_CLOSE),
        Level("stands as the last name", _CROSSED),
        Level("in the address", _in_local("first_name")),
        Level("a form of one name", "name_root_l = name_root_r"),
        Level(
            "typo",
            _only_if(
                f"length(first_name_l) > 3 and not {_other_ending('first_name')}",
                _typo("first_name"),
            ),
            "first_name",
            FUZZY,
        ),
        Level(
            "initial",
            "(length(first_name_l) = 1 or length(first_name_r) = 1) "
            "and left(first_name_l, 1) = left(first_name_r, 1)",
        ),
        Level(
            "shortened",
            f"not {_other_ending('first_name')} and {_prefix('first_name')}",
        ),
        Level("alike", _jw("first_name_l", "first_name_r", 0.85)),
        Level("a bit alike", _jw("first_name_l", "first_name_r", 0.72)),
        Level("different", "ELSE"),
    ),
)
LAST_NAME = Comparison(
    "last_name",
    "last_name",
    (
        Level(
            "unknown",
            f"((last_name_l is null or last_name_r is null) "
            f"and not coalesce({_in_local('last_name')}, false)) or {_SWAPPED} "
            f"or {_SWAPPED_CLOSE}",
        ),
        Level("same", "last_name_l = last_name_r", "last_name", SAME),
        Level("in the address", _in_local("last_name")),
        Level("typo", _typo("last_name"), "last_name", FUZZY),
        Level("alike", _jw("last_name_l", "last_name_r", 0.85)),
        Level(
            "a bit alike",
            _jw("last_name_l", "last_name_r", 0.72)
            + " or contains(last_name_l, last_name_r) "
            "or contains(last_name_r, last_name_l)",
        ),
        Level("different", "ELSE"),
    ),
)


def _part(side: str, first: int, length: int) -> str:
    return f"substr(birth_date_{side}, {first}, {length})"


def _same(first: int, length: int) -> str:
    return f"{_part('l', first, length)} = {_part('r', first, length)}"


_YEAR, _MONTH, _DAY = _same(1, 4), _same(5, 2), _same(7, 2)
_DAYS_SWAPPED = (
    f"({_YEAR} and {_part('l', 5, 2)} = {_part('r', 7, 2)} "
    f"and {_part('l', 7, 2)} = {_part('r', 5, 2)})"
)
_TWO_PARTS = (
    f"(({_YEAR} and {_MONTH}) or ({_YEAR} and {_DAY}) or ({_MONTH} and {_DAY}))"
)
_YEAR_NEAR = (
    "abs(try_cast(left(birth_date_l, 4) as integer) "
    "- try_cast(left(birth_date_r, 4) as integer)) <= 1"
)
BIRTH_DATE = Comparison(
    "birth_date",
    "birth_date",
    (
        Level("unknown", "birth_date_l is null or birth_date_r is null"),
        Level("same", "birth_date_l = birth_date_r"),
        Level(
            "typo, or day and month swapped",
            f"{_edits('birth_date', 1)} or {_DAYS_SWAPPED}",
        ),
        Level("two of day, month, year", _TWO_PARTS),
        Level("two typos", _edits("birth_date", 2)),
        Level("same year", _YEAR),
        Level("a year apart", _YEAR_NEAR),
        Level("different", "ELSE"),
    ),
)
# "ana.smith7@" and "ana.smith9@", "household306@" and "household621@": who chooses an
# address that is taken adds a number, so another number is another box, whatever else agrees.
_NUMBERED = "(coalesce(email_digits_l, '') <> coalesce(email_digits_r, ''))"
_PLAIN_NAME = (
    "(email_digits_l is null and contains(email_local_l, last_name_l) "
    "and contains(email_local_r, last_name_r)) is true"
)
# a mailbox of a function has no name before the @
_OWN = "email_local_l is not null and email_local_r is not null"
EMAIL = Comparison(
    "email",
    "email",
    (
        Level("unknown", "email_l is null or email_r is null"),
        Level("same", "email_l = email_r"),
        Level(
            "same name before the @",
            "email_local_l = email_local_r and length(email_local_l) > 3 "
            f"and not ({_PLAIN_NAME})",
        ),
        Level(
            "typo",
            _only_if(
                f"{_OWN} and abs(length(email_l) - length(email_r)) <= 3 "
                f"and {_jw('email_l', 'email_r', 0.88)} and not {_NUMBERED}",
                "damerau_levenshtein(email_l, email_r) <= 3",
            ),
        ),
        Level(
            "alike before the @",
            _only_if(
                "length(email_local_l) > 4 and length(email_local_r) > 4",
                f"{_jw('email_local_l', 'email_local_r', 0.9)} and not {_NUMBERED}",
            ),
        ),
        Level(
            "alike",
            _only_if(
                f"{_OWN} and {_jw('email_l', 'email_r', 0.88)}", f"not {_NUMBERED}"
            ),
        ),
        Level("different", "ELSE"),
    ),
)
PHONE = Comparison(
    "phone",
    "phone",
    (
        Level("unknown", "phone_l is null or phone_r is null"),
        Level("same", "phone_l = phone_r"),
        Level("typo", _edits("phone", 1)),
        Level("different", "ELSE"),
    ),
)
# Next door is another home, however alike the two are written.
_NEIGHBOURS = (
    "(nullif(regexp_replace(street_l, '[^0-9]+', '', 'g'), '') "
    "<> nullif(regexp_replace(street_r, '[^0-9]+', '', 'g'), '') is true)"
)
STREET = Comparison(
    "street",
    "street",
    (
        Level("unknown", "street_l is null or street_r is null"),
        Level("same", "street_l = street_r"),
        Level(
            "typo", _only_if(_jw("street_l", "street_r", 0.92), f"not {_NEIGHBOURS}")
        ),
        Level("alike", _jw("street_l", "street_r", 0.8)),
        Level("different", "ELSE"),
    ),
)
CITY = Comparison(
    "city",
    "city",
    (
        Level("unknown", "city_l is null or city_r is null"),
        Level("same", "city_l = city_r", "city", SAME),
        Level("typo", _jw("city_l", "city_r", 0.9)),
        Level("alike", _jw("city_l", "city_r", 0.8)),
        Level("different", "ELSE"),
    ),
)
POSTAL_CODE = Comparison(
    "postal_code",
    "postal_code",
    (
        Level("unknown", "postal_code_l is null or postal_code_r is null"),
        Level("same", "postal_code_l = postal_code_r"),
        Level("typo", _edits("postal_code", 1)),
        Level("same area", "left(postal_code_l, 2) = left(postal_code_r, 2)"),
        Level("different", "ELSE"),
    ),
)


def _plain(name: str, within: str = "false") -> Comparison:
    """Return a comparison of same or not; it says nothing where ``within`` holds."""
    return Comparison(
        name,
        name,
        (
            Level(
                "unknown", f"{name}_l is null or {name}_r is null or ({within}) is true"
            ),
            Level("same", f"{name}_l = {name}_r", name, SAME),
            Level("different", "ELSE"),
        ),
    )


COMPARISONS = (
    FIRST_NAME, LAST_NAME, BIRTH_DATE, EMAIL, PHONE, STREET, CITY, POSTAL_CODE,
    # the region of one town is one, and the country of one region
    _plain("region", "city_l = city_r or postal_code_l = postal_code_r"),
    _plain("country", "city_l = city_r or postal_code_l = postal_code_r "
           "or region_l = region_r"),
    _plain("gender"),
)  # fmt: skip


def comparisons_for(filled: Collection[str]) -> tuple[Comparison, ...]:
    """Return the comparisons of the fields that are ``filled``."""
    return tuple(one for one in COMPARISONS if one.needs in filled)
