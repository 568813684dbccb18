"""Loading a template: read, check, compile, and try it on a person without data.

A template that comes out of here renders for a person of whom nothing is known, and for
products of which only the name is; what can be found without tonight's rows is found
here.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from exporters.errors import TemplateBrokenError
from exporters.rejects import RowRefusedError
from exporters.rendering import ENVELOPE, Renderer
from exporters.template_errors import place_of
from exporters.template_lint import check_template
from exporters.template_sources import Template, read_template
from exporters.unsubscribe import Sender

__all__ = ["TEMPLATES", "Template", "load_template"]

TEMPLATES = Path(__file__).parent / "templates"
"""The templates that come with this package."""

_PROBLEMS = {
    "empty_subject": "is empty for a person without data.",
    "null_token": (
        "prints a token that can be null; put {% if token %} around it, "
        "or | default('…', true) behind it."
    ),
}
_NOBODY = "nobody"
_LISTS = ("cart_items_json", "recommendations_json")
_BARE_ITEM = (
    '[{"sku": null, "name": "A product", "url": null, "image_url": null, "price": null, '
    '"currency": null, "quantity": null, "reason": null}]'
)
"""A product of which nothing is known but its name."""
_TRIAL_SENDER = Sender("Trial", "1 Trial Street", "https://example.com/u", b"0" * 32)


def load_template(folder: Path, segment: str, columns: Sequence[str]) -> Template:
    """Return the template of ``segment``, or the default one, from ``folder``.

    ``columns`` are those of ``activation.act_payload_fields``, in their order.

    Raises:
        BadSegmentNameError: ``segment`` cannot name a folder.
        MissingColumnsError: ``columns`` lack one that a payload needs.
        UnknownTokenError: a file uses a name that no column provides.
        TemplateBrokenError: a file is missing or wrong, or prints what can be null.

    """
    template = read_template(folder, segment, columns)
    check_template(template)
    _try(template, {})
    _try(template, dict.fromkeys(_LISTS, _BARE_ITEM))
    return template


def _try(template: Template, cells: Mapping[str, object]) -> None:
    """Render one row in which everything is null that may be, but for ``cells``."""
    renderer = Renderer(template, _TRIAL_SENDER)
    row = tuple(
        _NOBODY if name in ENVELOPE else cells.get(name) for name in template.columns
    )
    try:
        renderer.line(row)
    except RowRefusedError as refusal:
        problem = _PROBLEMS.get(refusal.reason, f"is refused ({refusal.reason}).")
        file, line = place_of(refusal)
        if refusal.reason == "empty_subject":
            file, line = template.file("subject.j2").path, 0
    except TemplateBrokenError:
        if not cells:
            raise
        return  # a product may hold further keys than are known here
    else:
        return
    raise TemplateBrokenError(template.segment, template.name, file, line, problem)
