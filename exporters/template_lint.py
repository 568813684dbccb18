"""What a template must not do, found before the first row is rendered.

Every check reads the syntax tree, so it holds for all rows: unknown tokens, filters
that are not allowed, private attributes, addresses in HTML that skip the `link` filter,
deep loops, and layouts without a way out or a postal address.
"""

import difflib
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

import jinja2
from jinja2 import meta, nodes

from exporters.errors import TemplateBrokenError, UnknownTokenError
from exporters.template_environment import MessageEnvironment, is_html
from exporters.template_filters import LinkRecorder
from exporters.template_sources import LIST_FILE, SourceFile, Template

SENDER_TOKENS = frozenset({"sender_name", "postal_address", "unsubscribe_url"})
"""Tokens that every file may use, whatever the columns."""

LAYOUT_TOKENS = frozenset({"content", "subject", "preheader"})
"""Further tokens of the two layouts."""

_DUTIES = ("content", "unsubscribe_url", "postal_address")
_DEEPEST_LOOP = 2
_ADDRESS_STARTS = re.compile(
    r"\b(href|src|action|background|formaction|poster|srcset)\s*=\s*[\"']?\s*$", re.I
)
_UNQUOTED = re.compile(r"<[^<>]*=\s*$")
_IN_ADDRESS = re.compile(
    r"\b(?:href|src|action|background|formaction|poster|srcset)\s*=\s*"
    r"(?:\"[^\"]*|'[^']*)$",
    re.I,
)
_IN_CODE = re.compile(r"<[^<>]*\s(?:on\w+|style)\s*=\s*(?:\"[^\"]*|'[^']*)$", re.I)
_WRITTEN_OUT = re.compile(r"\bhref\s*=\s*[\"']?\s*(?!mailto:)[^\s\"'>]", re.I)
_FORBIDDEN_TAG = re.compile(r"<\s*/?\s*(script|iframe|object|embed|form)\b", re.I)

Problem = tuple[int, str]
"""A line, counted from 1, and a sentence."""


def token_name(column: str) -> str:
    """Return the token that a column becomes: ``cart_items_json`` is ``cart_items``."""
    return column.removesuffix("_json")


def check_template(template: Template) -> None:
    """Refuse a template whose files break a rule; the first problem is reported.

    Raises:
        TemplateBrokenError: the file and line that break a rule.
        UnknownTokenError: a name that no column provides.

    """
    macros = {kind: _macro_names(template, kind) for kind in ("html", "text")}
    columns = frozenset(map(token_name, template.columns)) | SENDER_TOKENS
    _check_listed_tokens(template)
    for file in template.files:
        tree = _parsed(template, file)
        for line, problem in _problems(tree, file):
            raise _broken(template, file, line, problem)
        known = columns | macros["html" if is_html(file.path) else "text"]
        if file.role.startswith("layout."):
            known |= LAYOUT_TOKENS
            _check_duties(template, file)
        elif file.role.startswith("macros."):
            known = macros["html" if is_html(file.path) else "text"]
        _check_tokens(template, file, tree, known)


def used_tokens(template: Template) -> frozenset[str]:
    """Return the tokens that a template uses or lists: what its payloads hold."""
    used = frozenset().union(*(used_names(file.source) for file in template.files))
    return (used | frozenset(template.tokens)) & frozenset(
        map(token_name, template.columns)
    )


@lru_cache(maxsize=1_024)
def used_names(source: str) -> frozenset[str]:
    """Return the names that a file takes from outside: tokens and macros."""
    return frozenset(meta.find_undeclared_variables(_PARSER.parse(source)))


def _parsed(template: Template, file: SourceFile) -> nodes.Template:
    try:
        return _PARSER.parse(file.source)
    except jinja2.TemplateSyntaxError as problem:
        # The message quotes the template's own words, never a row's.
        line, sentence = problem.lineno, problem.message or "syntax error"
    raise _broken(template, file, line, f"{sentence.rstrip('.')}.")


def _macro_names(template: Template, kind: str) -> frozenset[str]:
    file = template.file(f"macros.{kind}.j2")
    tree = _parsed(template, file)
    return frozenset(macro.name for macro in tree.find_all(nodes.Macro))


def _check_duties(template: Template, file: SourceFile) -> None:
    for token in _DUTIES:
        if token not in used_names(file.source):
            raise _broken(template, file, 0, f"a layout must print {{{{ {token} }}}}.")


def _check_tokens(
    template: Template, file: SourceFile, tree: nodes.Template, known: frozenset[str]
) -> None:
    unknown = used_names(file.source) - known
    if not unknown:
        return
    name, line = min(
        (
            (one.name, one.lineno)
            for one in tree.find_all(nodes.Name)
            if one.name in unknown
        ),
        key=lambda found: (found[1], found[0]),
    )
    nearest = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    hint = f"Did you mean {nearest[0]!r}?" if nearest else "Add the column, or mend it."
    sentence = f"uses the token {name!r}, which no column provides. {hint}"
    raise UnknownTokenError(template.segment, template.name, file.path, line, sentence)


def _check_listed_tokens(template: Template) -> None:
    columns = frozenset(map(token_name, template.columns))
    for name in template.tokens:
        if name not in columns:
            nearest = difflib.get_close_matches(name, sorted(columns), n=1, cutoff=0.5)
            hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
            sentence = f"lists the token {name!r}, which no column provides.{hint}"
            file = f"{template.name}/{LIST_FILE}"
            raise UnknownTokenError(template.segment, template.name, file, 0, sentence)


def _broken(
    template: Template, file: SourceFile, line: int, problem: str
) -> TemplateBrokenError:
    return TemplateBrokenError(
        template.segment, template.name, file.path, line, problem
    )


def _problems(tree: nodes.Template, file: SourceFile) -> Iterator[Problem]:
    for rule in _RULES:
        yield from rule(tree)
    yield from _deep_loops(tree, 0)
    if is_html(file.path):
        yield from _html_problems(tree)


def _unknown_filters(tree: nodes.Template) -> Iterator[Problem]:
    for one in tree.find_all(nodes.Filter):
        if one.name not in _PARSER.filters:
            yield one.lineno, f"the filter {one.name!r} does not exist here."
    for test in tree.find_all(nodes.Test):
        if test.name not in _PARSER.tests:
            yield test.lineno, f"the test {test.name!r} does not exist here."


def _private_attributes(tree: nodes.Template) -> Iterator[Problem]:
    sentence = "a name that starts with an underscore is out of reach."
    for one in tree.find_all(nodes.Getattr):
        if one.attr.startswith("_"):
            yield one.lineno, sentence
    for item in tree.find_all(nodes.Const):
        if isinstance(item.value, str) and item.value.startswith("__"):
            yield item.lineno, sentence


def _forbidden_statements(tree: nodes.Template) -> Iterator[Problem]:
    loading = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
    for one in tree.find_all(loading):
        yield one.lineno, "files are not loaded by name; macros are there already."
    for switch in tree.find_all((nodes.EvalContextModifier, nodes.Block)):
        yield switch.lineno, "autoescape and block statements are not used here."


def _deep_loops(node: nodes.Node, depth: int) -> Iterator[Problem]:
    for child in node.iter_child_nodes():
        inside = depth + isinstance(child, nodes.For)
        if inside > _DEEPEST_LOOP:
            yield child.lineno, f"loops stand more than {_DEEPEST_LOOP} deep."
        else:
            yield from _deep_loops(child, inside)


def _html_problems(tree: nodes.Template) -> Iterator[Problem]:
    for data in tree.find_all(nodes.TemplateData):
        if found := _FORBIDDEN_TAG.search(data.data):
            yield data.lineno, f"<{found[1].lower()}> does not belong in a message."
        if _WRITTEN_OUT.search(data.data):
            yield data.lineno, 'write links as href="{{ "https://…" | link }}".'
    before = ""
    for one in _printed(tree):
        if isinstance(one, nodes.TemplateData):
            before += one.data
        else:
            yield from _address_problems(before, one)
            before += "x"


def _printed(tree: nodes.Template) -> Iterator[nodes.Node]:
    for output in tree.find_all(nodes.Output):
        yield from output.nodes


def _address_problems(before: str, printed: nodes.Node) -> Iterator[Problem]:
    before = before[before.rfind("<") :]
    if _UNQUOTED.search(before):
        yield printed.lineno, 'put quotes around the attribute: name="{{ token }}".'
    elif _ADDRESS_STARTS.search(before):
        if not _is_checked_address(printed):
            yield printed.lineno, "send the address through | link (images: | image)."
    elif _IN_ADDRESS.search(before):
        yield printed.lineno, "give the whole address as one token, through | link."
    elif _IN_CODE.search(before):
        yield printed.lineno, "no token belongs in a style or an on… attribute."


def _is_checked_address(printed: nodes.Node) -> bool:
    if isinstance(printed, nodes.Filter):
        return printed.name in ("link", "image")
    return isinstance(printed, nodes.Name) and printed.name == "unsubscribe_url"


_RULES: tuple[Callable[[nodes.Template], Iterator[Problem]], ...] = (
    _unknown_filters,
    _private_attributes,
    _forbidden_statements,
)
_PARSER = MessageEnvironment({}, LinkRecorder("lint"))
