"""Payloads are complete, harmless, and the same however they are made."""

import email.message
import hashlib
import hmac
import json
import random
import shutil
from base64 import urlsafe_b64encode
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

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
from exporters.links import MESSAGE_MARK
from exporters.payloads import PayloadReceipt, export_payloads
from exporters.rejects import value_sha256
from exporters.template_library import TEMPLATES
from exporters.unsubscribe import Sender
from tests.exporters.small_night import SCHEMA, Warehouse, items

KEYS = [
    *("message_id", "profile_id", "email", "segment", "variant", "reason"),
    *("subject", "preheader"),
    *("blocks", "html", "text", "tokens", "recommendations", "links", "send_at"),
    *("unsubscribe_token", "unsubscribe_url", "headers", "consent_event_id"),
    "custom_args",
]

TENT_PAGE = "https://shop.example/p/tent?size=2"

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


def links(payload: dict[str, object]) -> list[dict[str, str]]:
    found = payload["links"]
    assert isinstance(found, list)
    return found


def add_column(warehouse: Warehouse, column: str) -> None:
    table = "activation.act_payload_fields"
    warehouse.connection.execute(f"alter table {table} add column {column}")


def test_a_payload_has_every_field_in_order(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    warehouse.planned(
        "p1",
        segment="cart_abandoners",
        recommendations_json=items({}),
        cart_value="12.50",
    )

    receipt, (payload,) = export(warehouse, sender, tmp_path, "cart_abandoners")

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
    url = f"https://mail.example/u/{token}?np_message=mp1"
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
def test_the_subject_depends_on_the_product_viewed_last(
    warehouse: Warehouse,
    sender: Sender,
    tmp_path: Path,
    viewed: str | None,
    subject: str,
) -> None:
    warehouse.planned("p1", segment="browse_abandoners", last_viewed_name=viewed)

    _, (payload,) = export(warehouse, sender, tmp_path, "browse_abandoners")

    assert str(payload["subject"]).split() == subject.split()


@pytest.mark.parametrize(
    ("cart", "subject"),
    [
        (["Salt & Pepper <Set>", "Mug"], "Salt & Pepper <Set> Is Still Available!"),
        (["{{ 7*7 }} \r\nBcc: x"], "{{ 7*7 }}   Bcc: x Is Still Available!"),
        (None, "Exclusive Deals Just for You!"),
    ],
)
def test_the_subject_of_a_cart_mail_is_of_the_cart_and_never_of_the_last_view(
    warehouse: Warehouse,
    sender: Sender,
    tmp_path: Path,
    cart: list[str] | None,
    subject: str,
) -> None:
    warehouse.planned(
        "p1",
        segment="cart_abandoners",
        last_viewed_name="Looked At Elsewhere",
        cart_items_json=items(*({"name": name} for name in cart)) if cart else None,
    )

    _, (payload,) = export(warehouse, sender, tmp_path, "cart_abandoners")

    assert str(payload["subject"]).removeprefix("Don't Miss Out: ").split() == (
        subject.split()
    )
    assert "Looked At Elsewhere" not in json.dumps(payload)


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


def test_every_link_of_a_mail_says_which_mail_it_is_in(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    """Also where two mails are alike and are made only once; a forged id gives way."""
    page = "https://shop.example/tent?np_message=forged&size=2#top"
    for person in ("p1", "p2"):
        warehouse.planned(
            person,
            segment="cart_abandoners",
            cart_items_json=items({"url": page}),
            recommendations_json=items({}),
        )

    _, payloads = export(warehouse, sender, tmp_path, "cart_abandoners")

    for payload, message in zip(payloads, ("mp1", "mp2"), strict=True):
        other = {"mp1": "mp2", "mp2": "mp1"}[message]
        assert payload["message_id"] == message
        assert payload["custom_args"] == {"nightpost_message_id": message}
        urls = [one["url"] for one in links(payload)]
        urls += TextOf(str(payload["html"])).addresses
        web = [url for url in urls if "/i/" not in url]
        assert len(web) >= 5
        assert {tuple(parse_qs(urlsplit(url).query)["np_message"]) for url in web} == {
            (message,)
        }
        written = json.dumps(payload)
        assert MESSAGE_MARK not in written
        assert f"np_message={other}" not in written
        assert "forged" not in written.replace(json.dumps(page), "")


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
    tags = "utm_source=nightpost&utm_medium=email&utm_campaign=cart_abandoners&utm_content="
    assert page.tags.count("img") == 1 + 3
    assert "£199.00" in page.text
    assert "Pick 2" in page.text
    assert "Pick 3" not in page.text
    assert payload["links"] == [
        {"block": block, "url": f"{TENT_PAGE}&{tags}{block}&np_message=mp1#top"}
        for block in ("cart", "recommendations")
    ]
    assert {one["url"] for one in links(payload)} < set(page.addresses)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "ftp://shop.example",
        "https:///x",
        "https://shop.example@evil.example/",
        "https://shop.example\\@evil.example/",
        "https://[bad",
        "",
    ],
)
def test_an_unsafe_picture_or_link_is_left_out_and_the_mail_goes(
    warehouse: Warehouse, sender: Sender, tmp_path: Path, url: str
) -> None:
    warehouse.planned("p1", recommendations_json=items({"url": url}))
    warehouse.planned("p2", recommendations_json=items({"image_url": url or "x:"}))
    warehouse.planned("p3", last_viewed_url=url or "x:")

    receipt, payloads = export(warehouse, sender, tmp_path)

    assert (receipt.rows, receipt.rejects) == (3, ())
    written = (tmp_path / receipt.file.path).read_text()
    assert not url or json.dumps(url, ensure_ascii=False)[1:-1] not in written
    pages = [TextOf(str(payload["html"])) for payload in payloads]
    assert all("Trail Tent" in page.text for page in pages[:2])
    assert ["img" in page.tags for page in pages] == [True, False, False]
    assert [len(links(payload)) for payload in payloads] == [0, 1, 0]
    told = [
        ("p1", "unsafe_link", "recommendations_json", value_sha256(url)),
        ("p2", "unsafe_picture", "recommendations_json", value_sha256(url or "x:")),
        ("p3", "unsafe_link", "last_viewed_url", value_sha256(url or "x:")),
    ]
    assert [
        (one.profile_id, one.reason, one.field, one.value_sha256)
        for one in receipt.left_out
    ] == (told if url else told[1:])


@pytest.mark.parametrize("written", ["//cdn.example/t.jpg", "cdn.example/t.jpg"])
def test_an_address_without_a_scheme_is_read_as_https(
    warehouse: Warehouse, sender: Sender, tmp_path: Path, written: str
) -> None:
    row = {"url": written, "image_url": written}
    warehouse.planned("p1", recommendations_json=items(row))

    receipt, (payload,) = export(warehouse, sender, tmp_path)

    page = TextOf(str(payload["html"]))
    assert "https://cdn.example/t.jpg" in page.addresses
    assert links(payload)[0]["url"].startswith("https://cdn.example/t.jpg?utm_")
    assert receipt.left_out == ()


def test_a_product_without_a_page_and_picture_is_shown_without_them(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    bare = items(dict.fromkeys(("url", "image_url", "price", "reason", "quantity")))
    for segment in ("vip", "cart_abandoners", "browse_abandoners"):
        warehouse.planned(
            segment,
            segment=segment,
            last_viewed_name="Trail Tent",
            cart_items_json=bare,
            recommendations_json=bare,
        )

    for segment in ("vip", "cart_abandoners", "browse_abandoners"):
        receipt, (payload,) = export(warehouse, sender, tmp_path, segment)

        assert receipt.rejects == ()
        page = TextOf(str(payload["html"]))
        assert "Trail Tent" in page.text
        assert "- Trail Tent" in str(payload["text"])
        assert page.addresses == [payload["unsubscribe_url"]]
        assert links(payload) == []


def test_a_payload_holds_no_token_that_its_template_does_not_use(
    warehouse: Warehouse, sender: Sender, tmp_path: Path
) -> None:
    add_column(warehouse, "age_band varchar default '25_34'")
    add_column(warehouse, "last_session_at timestamp default '2026-04-01 10:00:00'")
    warehouse.planned("p1", city="Whitby", cart_items_json=items({"name": "In Cart"}))

    _, (payload,) = export(warehouse, sender, tmp_path)

    assert isinstance(payload["tokens"], dict)
    assert set(payload["tokens"]) == {
        *("first_name", "last_purchase_name", "favourite_category", "recommendations"),
    }
    everything = json.dumps(payload)
    assert all(word not in everything for word in ("25_34", "Whitby", "In Cart"))


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
                bad = items({"price": "free"}) if n % 50 == 0 else items({"url": "x:"})
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
    assert (made[0].rows, len(made[0].rejects), len(made[0].left_out)) == (441, 9, 441)


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
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES, templates)
    (templates / "default/template.toml").write_text(
        'blocks = ["greeting"]\ntokens = ["points", "score", "vip", "born"]'
    )
    template = warehouse.template(folder=templates)

    receipt = export_payloads(warehouse.connection, template, "vip", tmp_path, sender)

    payload = json.loads((tmp_path / receipt.file.path).read_bytes())
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
