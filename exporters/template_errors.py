"""From any error inside a template to one that names template, file and line.

Jinja's own messages may quote values, so only the place and the kind are kept.
"""

import traceback
from collections.abc import Iterator
from types import FrameType

import jinja2
from jinja2.exceptions import SecurityError

from exporters.errors import TemplateBrokenError
from exporters.template_sources import Template

_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (SecurityError, "does something that templates may not do."),
    (jinja2.UndefinedError, "uses a name or a key that a row does not have."),
    (RecursionError, "calls itself without an end."),
)


def broken_at(template: Template, problem: Exception) -> TemplateBrokenError:
    """Return the error for ``problem``: its place in the template, and no value."""
    if isinstance(problem, TemplateBrokenError):
        return problem
    file, line = place_of(problem)
    sentence = next(
        (words for kind, words in _SENTENCES if isinstance(problem, kind)),
        f"cannot be rendered ({type(problem).__name__}).",
    )
    return TemplateBrokenError(template.segment, template.name, file, line, sentence)


def place_of(problem: Exception) -> tuple[str, int]:
    """Return the innermost template file on the way to ``problem``, and its line."""
    if isinstance(problem, jinja2.TemplateSyntaxError):
        return problem.name or "a file", problem.lineno
    places = list(_template_lines(problem))
    return places[-1] if places else ("the template", 0)


def _template_lines(problem: Exception) -> Iterator[tuple[str, int]]:
    frame: FrameType
    for frame, line in traceback.walk_tb(problem.__traceback__):
        compiled = frame.f_globals.get("__jinja_template__")
        if isinstance(compiled, jinja2.Template):
            yield compiled.name or "a file", compiled.get_corresponding_lineno(line)
