"""The message of one person: subject, preheader, blocks, whole HTML and whole text.

What belongs here: in which order the files of a template are run, and what each sees.
How a file is compiled is `template_environment`'s business, how it is run fast
`message_parts`', and what else a payload holds `rendering`'s.
"""

import re
from dataclasses import dataclass

from jinja2.runtime import Macro
from markupsafe import Markup

from exporters.errors import TemplateBrokenError
from exporters.links import MESSAGE_MARK
from exporters.message_parts import Part, RememberingMacro
from exporters.rejects import RowRefusedError
from exporters.template_environment import MessageEnvironment
from exporters.template_filters import LinkRecorder
from exporters.template_lint import token_name, used_names
from exporters.template_sources import KINDS, Template, block_role
from exporters.unsubscribe import Sender

Row = tuple[object, ...]
"""Values in the order of the template's columns: text, numbers, booleans or null."""

LARGEST_MESSAGE = 1_000_000
"""Characters of HTML or text; more than this is a mistake of the template."""

_VARYING = frozenset({"unsubscribe_url", "content", "subject", "preheader"})
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True)
class Message:
    """What a person would read; ``links`` are tagged, ``blocks`` in their order."""

    subject: str
    preheader: str
    blocks: list[dict[str, str]]
    html: str
    text: str
    links: list[dict[str, str]]


class MessageMaker:
    """A template compiled for one sender; not to be shared between threads."""

    def __init__(self, template: Template, sender: Sender) -> None:
        """Compile every file; errors are Jinja's own, the caller translates them."""
        self._template = template
        self._recorder = LinkRecorder(template.segment)
        sources = {file.path: file.source for file in template.files}
        self._environment = MessageEnvironment(sources, self._recorder)
        self._names = {kind: self._constants(sender, kind) for kind in KINDS}
        self._subject = self._part("subject.j2")
        self._preheader = self._part("preheader.j2")
        self._layouts = {kind: self._part(f"layout.{kind}.j2") for kind in KINDS}
        self._blocks = [
            (
                name,
                self._part(block_role(name, "html")),
                self._part(block_role(name, "text")),
            )
            for name in template.blocks
        ]

    @property
    def block(self) -> str:
        """The block that was rendered last, for saying where a row was refused."""
        return self._recorder.block

    def make(self, row: Row, tokens: dict[str, object], unsubscribe: str) -> Message:
        """Return the message for ``row``, whose parsed values are ``tokens``.

        Raises:
            RowRefusedError: the row's data cannot be put into a message.
            TemplateBrokenError: the message is too long.

        """
        rich = {**self._names["html"], **tokens, "unsubscribe_url": unsubscribe}
        plain = {**self._names["text"], **tokens, "unsubscribe_url": unsubscribe}
        subject = one_line(self._subject.make("subject", row, plain)[0])
        if not subject:
            raise RowRefusedError("empty_subject", "subject", subject)
        preheader = one_line(self._preheader.make("preheader", row, plain)[0])
        rich["subject"] = plain["subject"] = subject
        rich["preheader"] = plain["preheader"] = preheader
        blocks, links = self._make_blocks(row, rich, plain)
        # Each block was escaped when it was made.
        rich["content"] = Markup(  # noqa: S704
            "\n".join(block["html"] for block in blocks)
        )
        plain["content"] = "\n\n".join(one["text"] for one in blocks if one["text"])
        html = self._layout("html", row, rich, links)
        text = self._layout("text", row, plain, links)
        unique = [{"block": name, "url": url} for name, url in dict.fromkeys(links)]
        message_id = str(tokens["message_id"])
        return Message(
            subject,
            preheader,
            [_marked(block, message_id) for block in blocks],
            html.replace(MESSAGE_MARK, message_id),
            text.replace(MESSAGE_MARK, message_id),
            [_marked(link, message_id) for link in unique],
        )

    def _constants(self, sender: Sender, kind: str) -> dict[str, object]:
        path = self._template.file(f"macros.{kind}.j2").path
        module = self._environment.get_template(path).module
        macros = {
            name: RememberingMacro(macro, self._recorder)
            for name, macro in vars(module).items()
            if isinstance(macro, Macro)
        }
        named = {"sender_name": sender.name, "postal_address": sender.postal_address}
        return {**self._environment.globals, **macros, **named}

    def _part(self, role: str) -> Part:
        file = self._template.file(role)
        used = used_names(file.source)
        depends_on = None
        if not used & _VARYING:
            tokens = enumerate(map(token_name, self._template.columns))
            depends_on = tuple(at for at, token in tokens if token in used)
        compiled = self._environment.get_template(file.path)
        return Part(compiled, self._recorder, depends_on)

    def _make_blocks(
        self, row: Row, rich: dict[str, object], plain: dict[str, object]
    ) -> tuple[list[dict[str, str]], list[tuple[str, str]]]:
        blocks: list[dict[str, str]] = []
        links: list[tuple[str, str]] = []
        for name, html_part, text_part in self._blocks:
            html, html_urls = html_part.make(name, row, rich)
            text, text_urls = text_part.make(name, row, plain)
            if html or text:
                blocks.append({"name": name, "html": html, "text": text})
                links += [(name, url) for url in html_urls + text_urls]
        return blocks, links

    def _layout(
        self,
        kind: str,
        row: Row,
        names: dict[str, object],
        links: list[tuple[str, str]],
    ) -> str:
        text, urls = self._layouts[kind].make("layout", row, names)
        links += [("layout", url) for url in urls]
        if len(text) <= LARGEST_MESSAGE:
            return text
        file = self._template.file(f"layout.{kind}.j2").path
        problem = f"a message is longer than {LARGEST_MESSAGE:,} characters."
        segment, name = self._template.segment, self._template.name
        raise TemplateBrokenError(segment, name, file, 0, problem)


def _marked(words: dict[str, str], message_id: str) -> dict[str, str]:
    """Return ``words`` with the mail's id in the place that was kept for it."""
    return {
        name: word.replace(MESSAGE_MARK, message_id) for name, word in words.items()
    }


def one_line(text: str) -> str:
    """Return ``text`` with runs of control characters as one space, trimmed."""
    return _CONTROLS.sub(" ", text).strip()
