"""Error texts of the engine and of dbt without the values that they quote.

A message enters a log, Dagster or a report only through `redact`. It keeps what an
analyst needs, the names of models and columns, and rather cuts too much.
"""

import re

GAP = "…"
_QUOTES = "'\"`"
# The engine shows the row or document itself after these words, to the end.
_ROW = re.compile(r"(CSV Error on Line|Original Line:|Input:)(?!\s…\Z).*", re.DOTALL)
_EXCERPT = re.compile(r"^(LINE \d+:)[^\n]*(?:\n[ \t]*\^[^\n]*)?", re.MULTILINE)
_POINTED_AT = re.compile(r"^[^\n]*\n[ \t]*\^[ \t]*$", re.MULTILINE)
_CAST = re.compile(
    r"\b((?:convert string|[Cc]asting value) )(['\"]).*\2(?= to )", re.DOTALL
)
_ADDRESS = re.compile(r"[^\s…]*[@\uff20][^\s…]*")
_PHONE = re.compile(r"(?<![\w…])\+?\(?\d(?:[ ().\-/]*\d){6,}")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DIGITS = re.compile(r"\d{5,}")
_OPENING = re.compile(r"[\"`]|(?<!\w)'")
_QUOTED = re.compile(r"(['\"`])([^'\"`\n]*)\1(?!\w)")
_NAME = re.compile(r"[a-z_][a-z0-9_.]*")
_NAMES_FOLLOW = re.compile(
    r"(?:\b(?:columns?|tables?|views?|models?|sources?|seeds?|schemas?|macros?|nodes?"
    r"|tests?|functions?|relations?|catalogs?|fields?|named|name|mean|bindings|var)\b"
    r"|[\"'`])[\s:.,(]*(?:or |and )?\Z"
)


def redact(text: str) -> str:
    """Return ``text`` with rows, quoted values, addresses and long numbers cut out.

    A quoted word stays where it looks like the name of a model or column.
    """
    text = _ROW.sub(rf"\1 {GAP}", text)
    text = _EXCERPT.sub(rf"\1 {GAP}", text)
    text = _POINTED_AT.sub(GAP, text)
    text = _CAST.sub(rf"\1{GAP}", text)
    text = _without_quoted_values(text)
    text = _ADDRESS.sub(GAP, text)
    text = _PHONE.sub(_without_phone, text)
    return _DIGITS.sub(GAP, text)


def _without_quoted_values(text: str) -> str:
    """Cut from the first quote that opens a value to the last quote of the message.

    A value may hold quotes itself, so where it ends cannot be known for sure.
    """
    position = 0
    while opening := _OPENING.search(text, position):
        quoted = _QUOTED.match(text, opening.start())
        if quoted is None or not _is_name(quoted[2], text[: opening.start()]):
            return text[: opening.start()] + GAP + _rest_after_quotes(text, opening)
        position = quoted.end()
    return text


def _rest_after_quotes(text: str, opening: re.Match[str]) -> str:
    last = max(text.rfind(quote) for quote in _QUOTES)
    return text[last + 1 :] if last > opening.start() else ""


def _is_name(word: str, before: str) -> bool:
    if not _NAME.fullmatch(word) or _DIGITS.search(word):
        return False
    return "_" in word or _NAMES_FOLLOW.search(before[-40:]) is not None


def _without_phone(match: re.Match[str]) -> str:
    return match[0] if _ISO_DATE.fullmatch(match[0]) else GAP
