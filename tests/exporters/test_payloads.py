"""Payloads are complete, harmless, and the same however they are made."""

import email.message
import hashlib
import hmac
import json
import random
from base64 import urlsafe_b64encode
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exporters.payloads
from exporters.errors import (
    DuplicatePersonError,
    MissingColumnsError,
    NotInAudienceError,
    UnsupportedColumnError,
)
from exporters.payloads import PayloadReceipt, export_payloads
from exporters.rejects import value_sha256
from exporters.unsubscribe import Sender
from tests.exporters.small_night import SCHEMA, Warehouse, items

KEYS = [
    *("profile_id", "email", "segment", "variant", "reason", "subject", "preheader"),
    *("blocks", "html", "text", "tokens", "recommendations", "links", "send_at"),
    *("unsubscribe_token", "unsubscribe_url", "headers", "consent_event_id"),
]

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }} {% raw %} {# x #}",
    "%%[ SET @x = 1 ]%% *|FNAME|* ${x} [[ y ]]",
    "O'Brien & Sons",
    "Zoë 김 👩‍👩‍👧 \u202emirror",
    "'; drop table activation.act_eligibility; --",
    "x\x00y",
]


class TextOf(HTMLParser):
    """What a reader sees, and which tags and addresses there are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        self.addresses += [v or "" for name, v in attrs if name in ("href", "src")]

    @property
    def text(self) -> str:
        return "".join(self.words)


def export(
    warehouse: Warehouse,
    sender: Sender,
    folder: Path,
    segment: str = "vip",
    workers: int = 1,
) -> tuple[PayloadReceipt, list[dict[str, object]]]:
    receipt = export_payloads(
        warehouse.connection,
        warehouse.template(segment),
        segment,
        folder,
        sender,
        workers=workers,
    )
    lines = (folder / receipt.file.path).read_bytes().splitlines()
    return receipt, [json.loads(line) for line in lines]


def add_column(warehouse: Warehouse, column: str) -> None:
    table = "activation.act_payload_fields"
    warehouse.connection.execute(f"alter table {table} add column {column}")


def test_a_payload_has_every_field_in_order(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    warehouse.planned("p1", recommendations_json=items({}), cart_value="12.50")

    receipt, (payload,) = export(warehouse, sender, tmp_path)

    assert list(payload) == KEYS
    assert payload["send_at"] == "2026-04-06T07:00:00Z"
    assert payload["recommendations"] == json.loads(items({}))
    tokens = payload["tokens"]
    assert isinstance(tokens, dict)
    assert tokens["cart_value"] == "12.50"
    assert tokens["recommendations"] == payload["recommendations"]
    assert "recommendations_json" not in tokens
    assert receipt.rows == receipt.file.rows == 1


def test_the_way_out_is_signed_and_stands_in_headers_html_and_text(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    warehouse.planned("p1")

    _, (payload,) = export(warehouse, sender, tmp_path)

    words = b"v1|marketing|email|p1|p1@example.com"
    digest = hmac.new(sender.key, words, hashlib.sha256).digest()
    token = urlsafe_b64encode(digest).decode().rstrip("=")
    url = f"https://mail.example/u/{token}"
    assert (payload["unsubscribe_token"], payload["unsubscribe_url"]) == (token, url)
    assert payload["headers"] == {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    page = TextOf(str(payload["html"]))
    assert url in page.addresses
    assert "Shop, 1 Sea Road, Hove" in page.text
    assert url in str(payload["text"])
    assert "Shop, 1 Sea Road, Hove" in str(payload["text"])
    assert "example.com" not in url


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_text(
    warehouse: Warehouse, sender: Sender, tmp_path: Path, name: str
) -> None:
    warehouse.planned(
        "p1",
        segment="cart_abandoners",
        first_name=name,
        last_viewed_name=name,
        cart_items_json=items({"name": name}),
    )
    warehouse.planned("p2", segment="cart_abandoners", cart_items_json=items({}))

    _, (payload, plain) = export(warehouse, sender, tmp_path, "cart_abandoners")

    page = TextOf(str(payload["html"]))
    assert f"Welcome back, {name}!" in page.text
    assert page.tags == TextOf(str(plain["html"])).tags
    assert f"Welcome back, {name}!" in str(payload["text"])
    assert isinstance(payload["tokens"], dict)
    assert payload["tokens"]["first_name"] == name
    assert "49" not in str(payload["subject"])


@pytest.mark.parametrize(
    "ending",
    ["\r\nBcc: x@example.com", "\nX", "\r", "\x00", "\u2028X", "\u2029", "\x85"],
)
def test_no_subject_can_add_a_header(
    warehouse: Warehouse, sender: Sender, tmp_path: Path, ending: str
) -> None:
    warehouse.planned("p1", segment="browse_abandoners", last_viewed_name="A" + ending)

    _, (payload,) = export(warehouse, sender, tmp_path, "browse_abandoners")

    message = email.message.EmailMessage()
    message["Subject"] = str(payload["subject"])
    assert message["Subject"] == payload["subject"]
    assert str(payload["subject"]).splitlines() == [payload["subject"]]
    assert str(payload["subject"]).isprintable()
    assert "Bcc" not in message


@pytest.mark.parametrize(
    ("viewed", "subject"),
    [
        ("Trail Tent", "Don't Miss Out: Trail Tent Is Still Available!"),
        (
            "Salt & Pepper <Set>",
            "Don't Miss Out: Salt & Pepper <Set> Is Still Available!",
        ),
        (
            "{{ 7*7 }} \r\nBcc: x",
            "Don't Miss Out: {{ 7*7 }}   Bcc: x Is Still Available!",
        ),
        ("", "Exclusive Deals Just for You!"),
        (None, "Exclusive Deals Just for You!"),
    ],
)
@pytest.mark.parametrize("segment", ["cart_abandoners", "browse_abandoners"])
def test_the_subject_depends_on_the_product_viewed_last(  # noqa: PLR0917
    warehouse: Warehouse,
    sender: Sender,
    tmp_path: Path,
    viewed: str | None,
    subject: str,
    segment: str,
) -> None:
    warehouse.planned("p1", segment=segment, last_viewed_name=viewed)

    _, (payload,) = export(warehouse, sender, tmp_path, segment)

    assert str(payload["subject"]).split() == subject.split()


@pytest.mark.parametrize(
    ("category", "sentence"),
    [
        ("Electronics", "Check out the latest gadgets!"),
        ("Fashion", "Update your wardrobe now!"),
        ("Toys", "Exclusive deals just for you."),
        ("", "Exclusive deals just for you."),
        (None, "Exclusive deals just for you."),
    ],
)
def test_the_category_decides_a_block(
    warehouse: Warehouse,
    sender: Sender,
    tmp_path: Path,
    category: str | None,
    sentence: str,
) -> None:
    warehouse.planned("p1", favourite_category=category)

    _, (payload,) = export(warehouse, sender, tmp_path)

    blocks = payload["blocks"]
    assert isinstance(blocks, list)
    assert {
        "name": "category",
        "html": f"<p>{sentence}</p>",
        "text": sentence,
    } in blocks


def test_what_is_null_leaves_its_sentence_and_its_block_out(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    warehouse.planned("p1", segment="cart_abandoners", first_name=None)

    _, (payload,) = export(warehouse, sender, tmp_path, "cart_abandoners")

    blocks = payload["blocks"]
    assert isinstance(blocks, list)
    assert [block["name"] for block in blocks] == ["greeting", "category"]
    assert "Welcome back!" in str(payload["text"])
    everything = json.dumps([payload["html"], payload["text"], payload["subject"]])
    assert "None" not in everything
    assert "null" not in everything


def test_cart_and_recommendations_show_pictures_prices_and_links(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    warehouse.planned(
        "p1",
        segment="cart_abandoners",
        cart_items_json=items({}, {"name": "Stove", "image_url": None, "price": None}),
        recommendations_json=items(*({"name": f"Pick {n}"} for n in range(5))),
    )

    _, (payload,) = export(warehouse, sender, tmp_path, "cart_abandoners")

    page = TextOf(str(payload["html"]))
    assert page.tags.count("img") == 1 + 3
    assert "£199.00" in page.text
    assert "Pick 2" in page.text
    assert "Pick 3" not in page.text
    assert payload["links"] == [
        {"block": block, "url": page.addresses[place]}
        for block, place in (("cart", 0), ("recommendations", 4))
    ]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//evil.example/x",
        "ftp://shop.example",
        "https:///x",
        "https://shop.example@evil.example/",
        "https://shop.example\\@evil.example/",
        "https://[bad",
        "",
    ],
)
def test_an_unsafe_link_refuses_its_row_alone(
    warehouse: Warehouse, sender: Sender, tmp_path: Path, url: str
) -> None:
    warehouse.planned("p1", recommendations_json=items({"url": url}))
    warehouse.planned("p2", recommendations_json=items({"image_url": url or "x:"}))
    warehouse.planned("p3", recommendations_json=items({}))

    receipt, (payload,) = export(warehouse, sender, tmp_path)

    assert payload["profile_id"] == "p3"
    assert [
        (one.profile_id, one.reason, one.field, one.value_sha256)
        for one in receipt.rejects
    ] == [
        ("p1", "unsafe_link", "recommendations_json", value_sha256(url)),
        ("p2", "unsafe_link", "recommendations_json", value_sha256(url or "x:")),
    ]


@pytest.mark.parametrize(
    ("cells", "reason", "field"),
    [
        ({"recommendations_json": "[{"}, "unreadable_json", "recommendations_json"),
        ({"cart_items_json": '["\\ud800"]'}, "unreadable_json", "cart_items_json"),
        (
            {"recommendations_json": items({"name": None})},
            "null_token",
            "recommendations",
        ),
        (
            {"recommendations_json": items({"price": "free"})},
            "not_a_number",
            "recommendations_json",
        ),
    ],
)
def test_data_that_cannot_be_shown_refuses_its_row_alone(  # noqa: PLR0917
    warehouse: Warehouse,
    sender: Sender,
    tmp_path: Path,
    cells: dict[str, str],
    reason: str,
    field: str,
) -> None:
    warehouse.planned("p1", **cells)
    warehouse.planned("p2")

    receipt, payloads = export(warehouse, sender, tmp_path)

    assert [payload["profile_id"] for payload in payloads] == ["p2"]
    assert [(one.reason, one.field) for one in receipt.rejects] == [(reason, field)]


def test_whoever_is_not_in_the_audience_gets_no_payload(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    warehouse.planned("p1", email="=x@example.com")
    warehouse.planned("p2", consent_event_id=None)

    receipt, payloads = export(warehouse, sender, tmp_path)

    assert (payloads, receipt.rows, receipt.rejects) == ([], 0, ())


def test_processes_and_row_order_do_not_change_a_byte(
    sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporters.payloads, "ROWS_PER_WORKER", 100)
    people = list(range(450))
    made = []
    for workers, seed in ((1, 1), (2, 2), (3, 3)):
        random.Random(seed).shuffle(people)
        with duckdb.connect() as connection:
            connection.execute(SCHEMA)
            warehouse = Warehouse(connection)
            for n in people:
                cart = items({"name": f"Thing {n % 7}", "quantity": n % 3})
                bad = items({"url": "javascript:x"}) if n % 50 == 0 else None
                warehouse.planned(
                    f"p{n:03}",
                    segment="cart_abandoners",
                    first_name=HOSTILE[n % len(HOSTILE)],
                    cart_items_json=cart,
                    recommendations_json=bad,
                )
            made.append(
                export(warehouse, sender, tmp_path, "cart_abandoners", workers)[0]
            )
    assert made[0] == made[1] == made[2]
    assert (made[0].rows, len(made[0].rejects)) == (441, 9)


def test_equal_numbers_of_other_types_are_not_confused(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    for number, quantity in enumerate((1, True, 1.0)):
        warehouse.planned(
            f"p{number}",
            segment="cart_abandoners",
            cart_items_json=items({"quantity": quantity}),
        )
    _, payloads = export(warehouse, sender, tmp_path, "cart_abandoners")
    texts = [str(payload["text"]).split("Quantity: ")[1][:4] for payload in payloads]
    assert [text.split()[0] for text in texts] == ["1", "True", "1.0"]


def test_a_person_planned_twice_is_refused(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    warehouse.planned("p1")
    sql = "insert into activation.act_payload_fields from activation.act_payload_fields"
    warehouse.connection.execute(sql)

    with pytest.raises(DuplicatePersonError, match=r"^vip"):
        export(warehouse, sender, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    ["exclusion_reason = 'withdrawn'", "email = 'b@c.d'", "consent_event_id = 'c2'"],
)
def test_nobody_is_written_to_who_is_not_in_the_audience(
    warehouse: Warehouse, sender: Sender, tmp_path: Path, change: str
) -> None:
    warehouse.planned("p1")
    warehouse.planned("p2")
    sql = f"update activation.act_eligibility set {change} where profile_id = 'p1'"
    warehouse.connection.execute(sql)

    with pytest.raises(NotInAudienceError, match=r"^vip: 1 people"):
        export(warehouse, sender, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_new_columns_of_any_plain_type_become_tokens(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    for column in (
        "points hugeint default 0",
        "score double default 0.1234567",
        "vip boolean default false",
        "born date default '2000-02-29'",
    ):
        add_column(warehouse, column)
    warehouse.planned("p1")

    _, (payload,) = export(warehouse, sender, tmp_path)

    assert isinstance(payload["tokens"], dict)
    expected = {"points": 0, "score": 0.123457, "vip": False, "born": "2000-02-29"}
    assert {key: payload["tokens"][key] for key in expected} == expected


@pytest.mark.parametrize("column", ["tags varchar[]", "cart_items varchar"])
def test_a_column_that_cannot_be_a_token_is_named(
    warehouse: Warehouse, sender: Sender, tmp_path: Path, column: str
) -> None:
    add_column(warehouse, column)
    with pytest.raises(UnsupportedColumnError, match=column.split(maxsplit=1)[0]):
        export(warehouse, sender, tmp_path)


def test_a_template_for_other_columns_is_refused(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    template = warehouse.template()
    add_column(warehouse, "more varchar")
    with pytest.raises(MissingColumnsError, match=r"^vip"):
        export_payloads(warehouse.connection, template, "vip", tmp_path, sender)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_any_text_survives_the_json(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    sender = Sender("Shop", "1 Sea Road", "https://mail.example/u", b"k" * 32)
    with duckdb.connect() as connection:
        connection.execute(SCHEMA)
        warehouse = Warehouse(connection)
        for number, name in enumerate(names):
            warehouse.planned(f"p{number}", first_name=name)
        _, payloads = export(warehouse, sender, tmp_path_factory.mktemp("out"))
    tokens = [payload["tokens"] for payload in payloads]
    assert [one["first_name"] for one in tokens if isinstance(one, dict)] == names
