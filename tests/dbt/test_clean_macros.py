"""The cleaning macros on any text at all: cleaning twice is cleaning once."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.identity.cleaning.identifiers import judge_email
from tests.conftest import call_dbt

IDEMPOTENT = ("clean_email", "clean_phone", "read_name", "read_identifier", "name_key")
MACROS = (*IDEMPOTENT, "html_decoded", "without_tags")
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


@pytest.mark.parametrize("macro", IDEMPOTENT)
def test_nothing_is_cleaned_to_nothing(clean: Clean, macro: str) -> None:
    assert clean(macro, None) is None
    assert not clean(macro, "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=TEXTS)
@pytest.mark.parametrize("macro", IDEMPOTENT)
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
        "ana@mail.example.com, <ben@mail.example.com>",
        'ana@mail.example.com; "Li, Ben" <ben@mail.example.com>',
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


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u2009", "\u3000", "\t", "\n", "  "])
@pytest.mark.parametrize(
    "parted",
    [
        "ana@mail.example.c|om", "ana@mail.example.co|m", "ana@mail.example.|com",
        "ana@mail.example|.com", "ana@mail.exam|ple.com", "ana@ma|il.example.com",
        "7,Ana,ana@mail.exam|ple.com,true", "Ana <ana@mail.example.c|om>",
        "ana@mail.example.c|om;ben@y.example",
    ],
)  # fmt: skip
def test_a_no_of_an_address_that_a_blank_parts_is_that_addresss(
    clean: Clean, parted: str, blank: str
) -> None:
    text = clean("contacts_in", parted.replace("|", blank))
    parts = (text or "").split(";")

    assert "ana@mail.example.com" in {clean("clean_email", part) for part in parts}


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
        # what a spreadsheet made of a number
        ("4915112345678.0", "4915112345678"),
        ("+4915112345678,00", "+4915112345678"),
        ("'4165550123", "4165550123"),
        ("'+49 151 12345678", "+4915112345678"),
        ('="0151 12345678"', "015112345678"),
        ("=+4915112345678", "+4915112345678"),
        ("416–555–0123", "4165550123"),
        ("030.123456", "030123456"),
        # and what it lost
        ("4.915E+12", None),
        ("4,91511E+12", None),
        ("4.915112345678E12", None),
        ("491511234567.8", None),
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
        ("NULL", None),
        ("none", None),
        ("Null", "Null"),
        ("Na", "Na"),
    ],
)
def test_a_name_is_kept_as_given_unless_it_is_broken(
    clean: Clean, text: str, name: str | None
) -> None:
    assert clean("read_name", text) == name


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Zoë O'Neil-Smith", "zoeoneilsmith"),
        ("Łukasz Ørsted", "lukaszorsted"),
        ("Đoković Strauß", "dokovicstrauss"),
        ("Æsa Þór", "aesathor"),
        ("ИВАНОВ Йосиф", "ивановиосиф"),
        ("Ανδρέας ΣΟΦΟΣ", "ανδρεασσοφοσ"),
        ("Σοφος", "σοφοσ"),
        ("أحمد", "احمد"),
        ("مـحـمـد", "محمد"),
        ("한지민", "한지민"),
        ("\u1112\u1161\u11ab", "한"),
        ("王", "王"),
        ("रवि", "रवि"),
        ("रव", "रव"),
        ("がか", "がか"),
        ("Mª José 2 ❤️", "mjose"),
        ("🎈 42", ""),
    ],
)
def test_a_name_of_any_script_has_a_key(clean: Clean, text: str, key: str) -> None:
    assert clean("name_key", text) == key


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Salt &amp; Pepper Mill", "Salt & Pepper Mill"),
        ("Salt &amp;amp; Pepper", "Salt & Pepper"),
        ("Salt &#038; Pepper &#x26; Mill", "Salt & Pepper & Mill"),
        ("It&#8217;s &#x2019;s &apos;s &rsquo;s &#146;s", "It’s ’s 's ’s ’s"),
        ("Caf&eacute;&nbsp;au&nbsp;lait", "Café au lait"),
        ("Soft&shy;ness", "Softness"),
        ("5 &lt; 6 &quot;inch&quot;", '5 < 6 "inch"'),
        ("AT&T; M&S", "AT&T; M&S"),
        ("?a=1&copy=2&amp", "?a=1&copy=2&amp"),
        ("&bogus; &#0; &#9999999; &#xD800;", "&bogus; &#0; &#9999999; &#xD800;"),
    ],
)
def test_what_was_written_for_a_page_is_read_as_people_read_it(
    clean: Clean, text: str, shown: str
) -> None:
    assert clean("html_decoded", text) == shown
    assert clean("html_decoded", shown) == shown


def test_a_tag_that_was_encoded_is_a_tag_and_a_sign_is_a_sign(clean: Clean) -> None:
    text = "&lt;p&gt;Soft &amp;amp; warm&lt;/p&gt;<p>5 &lt; 6</p>"

    assert clean("without_tags", text) == "Soft & warm 5 < 6"


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("'6634244374001", "6634244374001"),
        ('="00412"', "00412"),
        ("17850.0", "17850"),
        (" #1001 ", "#1001"),
        ("A-1.0", "A-1.0"),
        ("1.0.0", "1.0.0"),
        ("'' ", None),
    ],
)
def test_an_identifier_is_read_without_what_a_spreadsheet_added(
    clean: Clean, text: str, identifier: str | None
) -> None:
    assert clean("read_identifier", text) == identifier
