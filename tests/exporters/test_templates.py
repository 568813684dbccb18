"""A template is checked before it is used, and holds back itself alone."""

import shutil
from pathlib import Path

import pytest

import exporters.payloads
from exporters.errors import TemplateBrokenError, UnknownTokenError
from exporters.payloads import export_payloads
from exporters.template_library import TEMPLATES, load_template
from exporters.unsubscribe import Sender
from tests.exporters.small_night import Warehouse, items


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the templates in which a test may break something."""
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    return tmp_path / "templates"


def write(folder: Path, path: str, source: str) -> None:
    (folder / path).parent.mkdir(exist_ok=True, parents=True)
    (folder / path).write_text(source)


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*/template.toml")))
def test_every_template_of_this_package_loads(warehouse: Warehouse, path: Path) -> None:
    name = path.parent.name
    template = warehouse.template("vip" if name == "default" else name)
    assert template.name == name


def test_a_segment_without_a_folder_has_the_default(warehouse: Warehouse) -> None:
    template = warehouse.template("champions")
    assert (template.segment, template.name) == ("champions", "default")


def test_a_changed_file_changes_the_hash(warehouse: Warehouse, folder: Path) -> None:
    before = warehouse.template("vip", folder).sha256
    write(folder, "_shared/blocks/category.text.j2", "Hello.")
    assert warehouse.template("vip", folder).sha256 != before


def test_an_unknown_token_is_found_at_load_with_the_nearest_column(
    warehouse: Warehouse, folder: Path
) -> None:
    write(
        folder,
        "default/subject.j2",
        "Hi\n{% if frist_name %}{{ frist_name }}{% endif %}",
    )
    with pytest.raises(UnknownTokenError) as caught:
        warehouse.template("vip", folder)
    assert str(caught.value) == (
        "vip: template default, default/subject.j2 line 2: "
        "uses the token 'frist_name', which no column provides. "
        "Did you mean 'first_name'?"
    )


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("ok\n{% if first_name %}", 2, "endif"),
        ("{{ first_name }}", 1, "can be null"),
        ("ok\n{{ 'x:y' | link }}", 2, "refused .unsafe_link."),
        ("{{ first_name | upercase }}", 1, "'upercase' does not exist"),
        ("{{ first_name | default('', true) | safe }}", 1, "'safe' does not exist"),
        ("{{ ''.__class__.__mro__ }}", 1, "out of reach"),
        ("{{ ''['__class__'] }}", 1, "out of reach"),
        ("{{ ''|attr('__class__') }}", 1, "does not exist"),
        ("{{ cycler.__init__.__globals__.os }}", 1, "out of reach"),
        ("{% include 'x' %}", 1, "not loaded by name"),
        ("{% import '/etc/passwd' as x %}", 1, "not loaded by name"),
        ("{% autoescape false %}{% endautoescape %}", 1, "not used here"),
        ("{{ 'a' * 1000000000 }}", 1, "may not do"),
        ("{{ '%1000000000s' % 1 }}", 1, "may not do"),
        ("{{ 2 ** 1000000 }}", 1, "may not do"),
        ("{% for n in range(1000000) %}{% endfor %}", 1, "may not do"),
        (
            "{% for a in 'ab' %}{% for b in 'ab' %}{% for c in 'ab' %}"
            "{% endfor %}{% endfor %}{% endfor %}",
            1,
            "deep",
        ),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", 1, "without an end"),
        ("{{ cart_items or [] }}", 1, "cannot be rendered"),
        ("{{ 1 / 0 }}", 1, "ZeroDivisionError"),
    ],
)
@pytest.mark.parametrize("kind", ["html", "text"])
def test_a_broken_block_is_named_with_its_line(  # noqa: PLR0917
    warehouse: Warehouse, folder: Path, kind: str, source: str, line: int, words: str
) -> None:
    write(folder, f"default/blocks/category.{kind}.j2", source)
    with pytest.raises(TemplateBrokenError, match=words) as caught:
        warehouse.template("vip", folder)
    assert caught.value.file == f"default/blocks/category.{kind}.j2"
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('{% if city %}<a href="{{ city }}">x</a>{% endif %}', "link"),
        (
            '{% if city %}<a href="https://x.example/{{ city }}">x</a>{% endif %}',
            "link",
        ),
        ('<a href="{% if city %}{{ city }}{% endif %}">x</a>', "link"),
        ("{% if city %}<img src='{{ city }}'>{% endif %}", "image"),
        ("{% if city %}<img alt={{ city }}>{% endif %}", "quotes"),
        ('{% if city %}<b style="color:{{ city }}">x</b>{% endif %}', "style"),
        ("<b onclick='{{ 1 }}'>x</b>", "on… attribute"),
        ("<script>1</script>", "script"),
        ('<a href="https://shop.example">x</a>', "link"),
        ('<a href="javascript:x">x</a>', "link"),
    ],
)
def test_addresses_and_code_in_html_are_refused_at_load(
    warehouse: Warehouse, folder: Path, source: str, words: str
) -> None:
    write(folder, "default/blocks/category.html.j2", source)
    with pytest.raises(TemplateBrokenError, match=words):
        warehouse.template("vip", folder)


@pytest.mark.parametrize("duty", ["content", "unsubscribe_url", "postal_address"])
@pytest.mark.parametrize("kind", ["html", "text"])
def test_no_layout_without_a_way_out_and_an_address(
    warehouse: Warehouse, folder: Path, kind: str, duty: str
) -> None:
    file = folder / f"_shared/layout.{kind}.j2"
    file.write_text(file.read_text().replace("{{ " + duty + " }}", ""))
    with pytest.raises(TemplateBrokenError, match=duty):
        warehouse.template("vip", folder)


@pytest.mark.parametrize(
    ("path", "source", "words"),
    [
        ("default/template.toml", "blocks = 'greeting'", "lists no blocks"),
        ("default/template.toml", "blocks = [", "is not TOML"),
        (
            "default/template.toml",
            "blocks = ['greeting']\ntokens = 'city'",
            "tokens is no list",
        ),
        (
            "default/template.toml",
            "blocks = ['greeting']\ntokens = ['citty']",
            "Did you mean 'city'",
        ),
        (
            "_shared/macros.html.j2",
            "{% macro product_card(name, url, image_url, price, currency) %}"
            "{{ url | link }}{% endmacro %}"
            "{% macro button(label, url) %}{% endmacro %}",
            "can be null",
        ),
        ("default/template.toml", "blocks = ['../x']", "lower-case word"),
        ("default/template.toml", "blocks = ['greeting', 'greeting']", "once"),
        ("default/template.toml", "blocks = ['offer']", "offer.html.j2: is missing"),
        ("default/blocks/offer.html.j2", "x", "does not list offer"),
        ("default/subject.j2", "{# nothing #}", "empty for a person without data"),
    ],
)
def test_a_folder_that_is_not_a_template_is_refused(
    warehouse: Warehouse, folder: Path, path: str, source: str, words: str
) -> None:
    write(folder, path, source)
    with pytest.raises(TemplateBrokenError, match=words):
        warehouse.template("vip", folder)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_key_that_one_row_lacks_holds_the_template_back(
    warehouse: Warehouse,
    sender: Sender,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
) -> None:
    monkeypatch.setattr(exporters.payloads, "ROWS_PER_WORKER", 1)
    write(
        folder,
        "default/blocks/category.text.j2",
        "{% for item in cart_items or [] %}\n{{ item.colour }}\n{% endfor %}",
    )
    warehouse.planned("p1", cart_items_json='[{"colour": "red"}]')
    warehouse.planned("p2", cart_items_json=items({"name": "secret@example.com"}))
    template = warehouse.template("vip", folder)
    out = folder / "out"

    with pytest.raises(TemplateBrokenError) as caught:
        export_payloads(
            warehouse.connection, template, "vip", out, sender, workers=workers
        )

    assert str(caught.value) == (
        "vip: template default, default/blocks/category.text.j2 line 2: "
        "uses a name or a key that a row does not have."
    )
    assert caught.value.__context__ is None
    assert caught.value.held_back()["kind"] == "template"
    assert list((out / "payloads/vip").iterdir()) == []


def test_a_message_without_measure_holds_the_template_back(
    warehouse: Warehouse, sender: Sender, folder: Path
) -> None:
    source = (
        "{% for a in cart_items or [] %}{% for b in range(100) %}"
        "{{ a.name }}{% endfor %}{% endfor %}"
    )
    write(folder, "default/blocks/category.html.j2", source)
    warehouse.planned("p1", cart_items_json=items({"name": "x" * 20_000}))
    template = warehouse.template("vip", folder)

    with pytest.raises(TemplateBrokenError, match="longer than 1,000,000"):
        export_payloads(warehouse.connection, template, "vip", folder / "out", sender)


def test_a_link_that_is_written_out_is_tagged_for_every_row(
    warehouse: Warehouse, sender: Sender, folder: Path
) -> None:
    source = '<a href="{{ "https://shop.example/sale" | link }}">Sale</a>'
    write(folder, "default/blocks/category.html.j2", source)
    for person in ("p1", "p2", "p3"):
        warehouse.planned(person)
    template = warehouse.template("vip", folder)
    out = folder / "out"
    export_payloads(warehouse.connection, template, "vip", out, sender)

    lines = (out / "payloads/vip/payloads.jsonl").read_text().splitlines()
    assert [line.count('"links":[{"block":"category"') for line in lines] == [1, 1, 1]


def test_loading_needs_no_warehouse() -> None:
    columns = ["segment", "profile_id", "email", "consent_event_id", "variant"]
    columns += ["message_id"]
    columns += ["reason", "send_at", "first_name", "last_purchase_name", "currency"]
    columns += ["favourite_category", "recommendations_json"]
    assert load_template(TEMPLATES, "vip", columns).name == "default"
