"""Invented names and places, and the hostile names that exports must survive."""

from typing import NamedTuple

_WOMEN = (
    "Amelia Olivia Isla Ava Freya Zoë Grace Priya Aisha Chloé Elizabeth Katherine "
    "Margaret Jennifer Susan Rebecca Joanna Siobhán Niamh Hannah Léa Ingrid Fatima Mei "
    "Yuki Sofia Lucía Eleanor Florence Harriet Imogen Jessica Kirsty Laura Megan Nina"
)
_MEN = (
    "Oliver George Arthur Noah Leo Mohammed Jürgen Liam Aidan William Robert Thomas "
    "Michael Alexander Christopher Daniel Edward Benjamin Samuel Émile Rajesh Hiro "
    "Mateo Callum Duncan Ewan Finlay Graham Harvey Isaac Jacob Kieran Lewis Marcus Owen"
)
_SURNAMES = (
    "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Wright Walker White "
    "Thompson Green Hall Wood Harris Clarke Khan Lewis Robinson Turner Hughes Edwards "
    "Hill Moore Ward Watson Morris Müller Schäfer Dubois Lefèvre O'Connor O'Neill "
    "MacDonald Nowak Kowalska García Rossi Andersson Jensen Ahmed Singh Chen Tanaka "
    "Fletcher Gallagher Hargreaves Inglis Jarvis Kendrick Lockwood Marsden Norwood "
    "Ormerod Pemberton Ridley Satterthwaite Thornton Underhill Yardley Ashworth"
)
WOMEN, MEN, SURNAMES = _WOMEN.split(), _MEN.split(), _SURNAMES.split()
NICKNAMES = {
    "Elizabeth": "Liz",
    "Katherine": "Kate",
    "Margaret": "Maggie",
    "Jennifer": "Jen",
    "Susan": "Sue",
    "Rebecca": "Becky",
    "William": "Bill",
    "Robert": "Bob",
    "Thomas": "Tom",
    "Michael": "Mike",
    "Alexander": "Alex",
    "Christopher": "Chris",
    "Daniel": "Dan",
    "Edward": "Ted",
    "Benjamin": "Ben",
    "Samuel": "Sam",
}
_STREETS = (
    "High Street|Station Road|Church Lane|Mill Lane|Victoria Road|Park Avenue|"
    "Queen Street|Albert Terrace|Orchard Close|Canal Walk|The Green|King's Road|"
    "North Parade|Chapel Row|Castle Hill|Meadow Way|Bridge Street|Garden Mews"
)
STREETS = _STREETS.split("|")
MAIL_DOMAINS = (
    "mail.example.com",
    "post.example.net",
    "inbox.example.org",
    "example.com",
    "webmail.example.net",
)
"""Domains that nobody can own (RFC 2606), so no demo mail can reach a person."""

HOSTILE_NAMES = (
    ("=cmd|' /C calc'!A0", "Moss"),
    ("+1+1", "Plus"),
    ("@SUM(A1)", "Total"),
    ("-2+3", "Minus"),
    ('"><script>alert(1)</script>', "Script"),
    ("Sinéad", "O'Brien"),
    ("{{ 7*7 }}", "Jinja"),
    ("%%[ x ]%%", "Amp"),
    ("{% raw %}", "Block"),
    ('Anna "Annie"', "Quoted, Comma"),
    ("Robert'); DROP TABLE students;--", "Tables"),
    ("Zoë 🎈", "Emoji"),
    ("\u05d3\u05d5\u05d3", "\u05db\u05d4\u05df"),
    ("\u0645\u062d\u0645\u062f", "\u0639\u0644\u064a"),
    ("Zoe\u0308", "Bjo\u0308rk"),
    ("X" * 200, "Long"),
    ("Test", "Test"),
    ("N/A", "N/A"),
    ("", ""),
    ("null", "Null"),
    ("ANNA", "SCHMIDT"),
    ("  Padded  ", "Spaces"),
    ("\\N", "Backslash\\"),
    ("1e5", "0123"),
)
"""First and last names that break careless readers, writers and templates."""


class Country(NamedTuple):
    """A country of customers: how many live there, and where."""

    code: str
    name: str
    share: float
    zone: str
    language: str
    cities: tuple[tuple[str, str, str, str], ...]
    """City, province code, province, and the start of its postal codes."""


COUNTRIES = (
    Country(
        "GB",
        "United Kingdom",
        0.80,
        "Europe/London",
        "en-gb",
        (
            ("London", "ENG", "England", "SE"),
            ("Leeds", "ENG", "England", "LS"),
            ("Manchester", "ENG", "England", "M"),
            ("Bristol", "ENG", "England", "BS"),
            ("Glasgow", "SCT", "Scotland", "G"),
            ("Cardiff", "WLS", "Wales", "CF"),
            ("Belfast", "NIR", "Northern Ireland", "BT"),
        ),
    ),
    Country(
        "IE",
        "Ireland",
        0.05,
        "Europe/Dublin",
        "en-ie",
        (("Dublin", "D", "Dublin", "D"), ("Cork", "CO", "Cork", "T")),
    ),
    Country(
        "DE",
        "Germany",
        0.06,
        "Europe/Berlin",
        "de-de",
        (("Berlin", "BE", "Berlin", "10"), ("München", "BY", "Bayern", "80")),
    ),
    Country(
        "AT",
        "Austria",
        0.01,
        "Europe/Vienna",
        "de-at",
        (("Wien", "9", "Wien", "10"),),
    ),
    Country(
        "FR",
        "France",
        0.04,
        "Europe/Paris",
        "fr-fr",
        (("Paris", "75", "Paris", "75"), ("Lyon", "69", "Rhône", "69")),
    ),
    Country(
        "US",
        "United States",
        0.04,
        "America/New_York",
        "en-us",
        (("New York", "NY", "New York", "10"), ("Boston", "MA", "Massachusetts", "02")),
    ),
)
DOUBLE_OPT_IN = ("DE", "AT")
"""Countries where a grant counts only with a confirmation."""
