"""The cleaning macros on any text at all: cleaning twice is cleaning once."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.identifiers import judge_email
from tests.conftest import call_dbt

MACROS = ("clean_email", "clean_phone", "read_name")
TEXTS_OF = (*MACROS, "contacts_in", "mailbox")
Clean = Callable[[str, str | None], str | None]
SIGNS = "ana.b+@-=0123456789 ()/\t\u00a0\u0308\u200b\u202eÃ©ëÅ\ufffd🎈mail.example.com"
TEXTS = st.text(max_size=40) | st.text(alphabet=SIGNS, max_size=40)


@pytest.fixture(scope="module")
def clean(scratch_home: Path) -> Clean:
    """Apply a macro, as dbt compiles it, to one text."""
    compiled: dict[str, str] = {}
    for macro in TEXTS_OF:
        outcome = call_dbt(
            scratch_home, "compile", "--inline", f"{{{{ {macro}('given') }}}}"
        )
        results = getattr(outcome.result, "results", None)
        assert results, outcome.exception
        compiled[macro] = str(results[0].node.compiled_code)
    connection = duckdb.connect()

    def apply(macro: str, text: str | None) -> str | None:
        row = connection.execute(
            f"select {compiled[macro]} from (select cast(? as varchar) as given)",
            [text],
        ).fetchone()
        assert row is not None
        return None if row[0] is None else str(row[0])

    return apply


@pytest.mark.parametrize("macro", MACROS)
def test_nothing_is_cleaned_to_nothing(clean: Clean, macro: str) -> None:
    assert clean(macro, None) is None
    assert clean(macro, "") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=TEXTS)
@pytest.mark.parametrize("macro", MACROS)
def test_cleaning_twice_is_cleaning_once(clean: Clean, macro: str, text: str) -> None:
    once = clean(macro, text.replace("\0", ""))
    if once is not None:
        assert clean(macro, once) == once


@settings(deadline=None)
@given(text=st.emails() | TEXTS)
def test_what_the_library_takes_the_macro_lets_through(clean: Clean, text: str) -> None:
    judged = judge_email(text.strip().lower().replace("\0", "")).value
    if judged is not None and judged[0] not in "=+-＝＋`'‘" and ".@" not in judged:
        assert clean("clean_email", judged) is not None


ANA = "ana@mail.example.com"


@pytest.mark.parametrize(
    "text",
    [
        "Ana@Mail.Example.COM", " ana@mail.example.com\t", "\ufeffana@mail.example.com",
        "ana@\u200bmail.example.com", "a\u00adna@mail.example\u2060.com",
        "ana@mail.example.com\x85", "\u00a0ana@mail.example.com\u3000",
        "ana @mail.example.com", "ana@ mail.example.com", "ana\u00a0@\u2009mail.example.com",
        "mailto:ana@mail.example.com", "MAILTO: ana@mail.example.com?subject=a@b",
        "<ana@mail.example.com>", "Ana <ana@mail.example.com>", '"ana@mail.example.com"',
        '"Ana, A." <mailto:ana@mail.example.com>;', "'ana@mail.example.com",
        "'ana@mail.example.com'", "\u201cana@mail.example.com\u201d",
        '="ana@mail.example.com"', "ana＠mail.example.com", "ana@mail．example。com",
        "ａｎａ@mail.example.com", "ana@mail.example.com.", "ana@mail.example.com;",
        "ana@mail.example.com,", "(ana@mail.example.com)", "ana\ufe0f@mail.example.com",
    ],
)  # fmt: skip
def test_what_surely_is_the_same_address_is_made_so(clean: Clean, text: str) -> None:
    assert clean("clean_email", text) == ANA


@pytest.mark.parametrize(
    "text",
    [
        "ana@mail.example.com;ben@mail.example.com",
        "ana@mail.example.com ben@mail.example.com",
        "<ana@mail.example.com>, <ben@mail.example.com>",
        "ana smith@mail.example.com", "ana@mail@example.com", "=ana@mail.example.com",
    ],
)  # fmt: skip
def test_what_may_be_another_address_is_none(clean: Clean, text: str) -> None:
    assert clean("clean_email", text) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("ana@x.example;ben@y.example", {"ana@x.example", "ben@y.example"}),
        ("Ana <ana@x.example> / ben @y.example", {"ana@x.example", "ben@y.example"}),
        ("7,Ana,\u200bana@x.example,true", {"ana@x.example"}),
        ('{"email":"ana\\u0040x.example","to":"b\\u200ben@y.example"}',
         {"ana@x.example", "ben@y.example"}),
        ("mailto:ana@x.example?cc=1", {"ana@x.example"}),
        *(
            (f"ana@x.example{apart}ben@y.example", {"ana@x.example", "ben@y.example"})
            for apart in ("/", " / ", "+", "\\n", "\r\n", "·", "–", "、", "；", "<br>", "!")
        ),
        *(
            (text, {"ana@x.example"})
            for text in (
                "[ana@x.example]", "*ana@x.example*", "• ana@x.example", "-ana@x.example",
                "[Ana](mailto:ana@x.example)", "mailto://ana@x.example", "SMTP:ana@x.example",
                "ana%40x.example", "ana(at)x.example", "ana [at] x.example",
                "ana&#64;x.example", "ana@@x.example", "Ana Smith ana@x.example",
                "ana@x.example (Ana)", "ana@x.example#top", "ana@x.example!",
            )
        ),
        ("nobody at all", set()),
    ],
)  # fmt: skip
def test_a_no_finds_everybody_whom_a_text_names(
    clean: Clean, text: str, named: set[str]
) -> None:
    parts = (clean("contacts_in", text) or "").split(";")

    assert {one for part in parts if (one := clean("clean_email", part))} == named


def test_a_tag_leads_to_the_box_behind_it(clean: Clean) -> None:
    assert clean("mailbox", "ana+shop+x@x.example") == "ana@x.example"
    assert clean("mailbox", "+shop@x.example") == "+shop@x.example"


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+44 (0)7700-900123", "+447700900123"),
        ("0044 7700 900123", "+447700900123"),
        ("tel: 07700 900123", "07700900123"),
        ("(212) 555-0123 x 9", "2125550123"),
        ("030/123456", "030123456"),
        ("order 2125550123", None),
        ("07700 900123, 07700 900124", None),
        ("12345", None),
        ("ask reception", None),
    ],
)
def test_a_number_is_read_as_it_was_dialled(
    clean: Clean, text: str, phone: str | None
) -> None:
    assert clean("clean_phone", text) == phone


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ZoÃ«", None),
        ("JosÃ©", None),
        ("MÃ¼ller", None),
        ("StraÃŸe", None),
        ("\u00c5\u0081ukasz", None),
        ("â€œAnaâ€", None),
        ("M�ller", None),
        ("Ð\u009cÐ°Ñ\u0080", None),
        ("JOÃO", "JOÃO"),
        ("Ângela", "Ângela"),
        ("Åsa", "Åsa"),
        ("D’Angelo", "D’Angelo"),
        ("Zoe\u0308", "Zoë"),
        ("\u202eAna\u0007", "Ana"),
        ("Zoë 🎈", "Zoë 🎈"),
        (" n/a ", None),
    ],
)
def test_a_name_is_kept_as_given_unless_it_is_broken(
    clean: Clean, text: str, name: str | None
) -> None:
    assert clean("read_name", text) == name
