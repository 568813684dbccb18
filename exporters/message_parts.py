"""Compiled files of a template, run fast: one call a row, and equal input only once.

A file is a pure function of the tokens that it names, and a macro one of its arguments.
Both remember what they made, together with the links they recorded, in tables of
bounded size. This module knows nothing of payloads.
"""

from collections.abc import Callable
from operator import itemgetter

import jinja2
import orjson

from exporters.template_filters import LinkRecorder

Made = tuple[str, tuple[str, ...]]
"""What a file or macro made: its text, and the links in it."""

_REMEMBERED_BLOCKS = 512
_REMEMBERED_CALLS = 16_384  # about 1 kB each
_STRICT = orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATETIME


class Part:
    """One compiled file, and what it made of equal tokens."""

    def __init__(
        self,
        compiled: jinja2.Template,
        recorder: LinkRecorder,
        depends_on: tuple[int, ...] | None,
    ) -> None:
        """Prepare the call; ``compiled`` is run without Jinja's wrapper around it.

        ``depends_on`` are places in a row; None when no two rows are alike.
        """
        self._root = compiled.root_render_func
        # One context for all rows: making one costs as much as a small block.
        self._context = compiled.new_context({}, shared=True)
        self._recorder = recorder
        self._remembered: dict[object, Made] = {}
        self._key = _key_getter(depends_on)

    def make(
        self, block: str, row: tuple[object, ...], names: dict[str, object]
    ) -> Made:
        """Return the text for ``row`` and its links, tagged with ``block``."""
        if self._key is None:
            return self._run(block, names)
        key = self._key(row)
        made = self._remembered.get(key)
        if made is None:
            made = self._run(block, names)
            if len(self._remembered) >= _REMEMBERED_BLOCKS:
                self._remembered.clear()
            self._remembered[key] = made
        return made

    def _run(self, block: str, names: dict[str, object]) -> Made:
        self._recorder.block = block
        urls: list[str] = []
        self._recorder.urls = urls
        context = self._context
        context.parent = names
        context.vars.clear()
        context.exported_vars.clear()
        return "".join(self._root(context)).strip(), tuple(urls)


class RememberingMacro:
    """A macro that makes equal input only once, its links included.

    A macro sees nothing but its arguments, so its output is a function of them and of
    the block that its links are tagged with. Arguments that JSON cannot describe, such
    as text that is HTML already, are not remembered.
    """

    __slots__ = ("_macro", "_recorder", "_remembered")

    def __init__(self, macro: Callable[..., str], recorder: LinkRecorder) -> None:
        """Wrap ``macro``, whose links go to ``recorder``."""
        self._macro = macro
        self._recorder = recorder
        self._remembered: dict[tuple[str, bytes], tuple[str, tuple[str, ...]]] = {}

    def __call__(
        self,
        *args: object,
        _loop_vars: object = None,
        _block_vars: object = None,
        **kwargs: object,
    ) -> str:
        """Return the macro's output, and record its links.

        Jinja adds the two private words to a call; a macro has no use for them.
        """
        recorder = self._recorder
        try:
            words = orjson.dumps((args, kwargs) if kwargs else args, option=_STRICT)
        except TypeError:
            return self._macro(*args, **kwargs)
        key = (recorder.block, words)
        if found := self._remembered.get(key):
            recorder.urls.extend(found[1])
            return found[0]
        start = len(recorder.urls)
        text = self._macro(*args, **kwargs)
        if len(self._remembered) >= _REMEMBERED_CALLS:
            self._remembered.clear()
        self._remembered[key] = (text, tuple(recorder.urls[start:]))
        return text


def _key_getter(
    depends_on: tuple[int, ...] | None,
) -> Callable[[tuple[object, ...]], object] | None:
    if depends_on is None:
        return None
    if not depends_on:
        return lambda row: None
    places = itemgetter(*depends_on)
    # 1, 1.0 and True are equal as keys but not as text, so types join the key.
    return lambda row: (key := places(row), _types(key))


def _types(key: object) -> object:
    return tuple(map(type, key)) if type(key) is tuple else type(key)
