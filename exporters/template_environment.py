"""The sandbox in which templates run, and the filters that they may use.

Data never becomes a template. A template reaches tokens, macros and the filters listed
here, nothing else: no attribute that starts with an underscore, no long ranges, no text
multiplied into gigabytes, nothing random. HTML files are escaped, all others are not.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NoReturn

import jinja2
from jinja2.bccache import Bucket
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from exporters.message_parts import RememberingMacro
from exporters.template_filters import (
    LinkRecorder,
    at_run_time,
    image,
    money,
    printable,
)

ALLOWED_FILTERS = (
    *("abs", "batch", "capitalize", "d", "default", "e", "escape", "first", "float"),
    *("int", "join", "last", "length", "list", "lower", "map", "max", "min", "reject"),
    *("rejectattr", "replace", "reverse", "round", "select", "selectattr", "slice"),
    *("sort", "string", "sum", "title", "trim", "truncate", "unique", "upper"),
    "urlencode",
)
LONGEST_RANGE = 100


class MessageEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's immutable sandbox, narrowed to what a message needs."""

    intercepted_binops = frozenset(["*", "**", "%"])

    def __init__(self, sources: dict[str, str], recorder: LinkRecorder) -> None:
        """Load templates from ``sources`` alone and record links in ``recorder``."""
        super().__init__(
            loader=jinja2.DictLoader(sources),
            autoescape=is_html,
            undefined=jinja2.StrictUndefined,
            finalize=printable,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=_COMPILED,
        )
        filters = {name: self.filters[name] for name in ALLOWED_FILTERS}
        self.filters.clear()
        self.filters.update(filters)
        self.filters["link"] = at_run_time(recorder.link)
        self.filters["image"] = at_run_time(image)
        self.filters["money"] = money
        self.globals.clear()
        self.globals["range"] = _short_range

    def getattr(self, obj: object, attribute: str) -> object:
        """Return a key of a dict before anything else; else what the sandbox allows."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call(
        self, context: Context, obj: object, /, *args: object, **kwargs: object
    ) -> object:
        """Call a macro straight away, and anything else as the sandbox does."""
        if type(obj) is RememberingMacro:
            return obj(*args, **kwargs)
        return super().call(context, obj, *args, **kwargs)

    def call_binop(
        self, context: Context, operator: str, left: object, right: object
    ) -> object:
        """Calculate with numbers; refuse powers, and text or lists that would grow."""
        numbers = (int, float, Decimal)
        if operator == "**" or not (
            isinstance(left, numbers) and isinstance(right, numbers)
        ):
            raise SecurityError(f"the operator {operator} is for numbers")
        return super().call_binop(context, operator, left, right)


def is_html(name: str | None) -> bool:
    """Return whether a file's output is HTML, hence escaped."""
    return name is not None and name.endswith(".html.j2")


def _short_range(*bounds: int) -> Sequence[int]:
    numbers = range(*bounds)
    if len(numbers) > LONGEST_RANGE:
        _refuse_range()
    return numbers


def _refuse_range() -> NoReturn:
    raise SecurityError(f"a range of more than {LONGEST_RANGE} numbers")


class _CompiledOnce(jinja2.BytecodeCache):
    """Keeps compiled files in memory: many segments share a template's files."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a file's code back when its text has not changed."""
        if code := self._code.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a file's code."""
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = _CompiledOnce()
