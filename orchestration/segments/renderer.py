"""A rendering process: ``python -m orchestration.segments.renderer``, fed by `segment_sql`.

It turns the Jinja of segments into SQL and nothing else. A segment knows `ref()`, `var()`
and the project's macros; what it names besides is refused before anything is rendered, so
that none can tell whether it is rendered here or by dbt. Each has little time and memory.
"""

import contextlib
import json
import math
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

BYTES_ALLOWED = 1 << 30
CHARACTERS_ALLOWED = 1 << 20
# What dbt's objects of these names can do besides being called is not for a segment.
ONLY_CALLED = {"ref", "var"}
HARMLESS = {"range", "dict", "namespace", "loop"}
MAY_USE = "A segment may use ref(), var() and the macros of macros/clock.sql."


class RefusedError(Exception):
    """The segment uses what a segment may not; the message says what."""


class Adapter:
    """Stands in for dbt's adapter: picks a macro's DuckDB implementation."""

    @jinja2.pass_context
    def dispatch(
        self, context: Context, name: str, _namespace: str
    ) -> Callable[..., str]:
        """Return the macro `duckdb__<name>`."""
        macro: Callable[..., str] = context.resolve(f"duckdb__{name}")
        return macro


@dataclass
class Job:
    """What a segment may know: macros, variables, and where the marts are."""

    macros: Sequence[str]
    variables: Mapping[str, Any]
    tables: Mapping[str, str]
    environment: ImmutableSandboxedEnvironment = field(
        default_factory=lambda: ImmutableSandboxedEnvironment(
            undefined=jinja2.StrictUndefined, extensions=["jinja2.ext.do"]
        )
    )

    def __post_init__(self) -> None:
        """Read the macros that are plain Jinja: dbt's own blocks are no segment's."""
        self.files: list[tuple[str, set[str], set[str]]] = []
        for text in self.macros:
            with contextlib.suppress(jinja2.TemplateSyntaxError):
                tree = self.environment.parse(text)
                names = {macro.name for macro in tree.find_all(nodes.Macro)}
                self.files.append((text, names, meta.find_undeclared_variables(tree)))
        self.known = {name for _, names, _ in self.files for name in names}

    def _macros_for(self, wanted: set[str]) -> list[str]:
        """Return the texts that define ``wanted``, and what those need in turn."""
        found: dict[str, None] = {}
        while missing := [
            one for one in self.files if one[0] not in found and one[1] & wanted
        ]:
            for text, _, needed in missing:
                found[text] = None
                wanted = wanted | needed
        return list(found)

    def render(self, source: str) -> str:
        """Return the SQL of a segment.

        Raises:
            RefusedError: it uses what a segment may not.
            jinja2.TemplateError: it is not well formed, or calls something wrongly.
        """
        wanted = self._names_of(self.environment.parse(source))
        template = self.environment.from_string(
            "\n".join([*self._macros_for(wanted), source])
        )
        text = template.render(ref=self._ref, var=self._var, adapter=Adapter()).strip()
        if len(text) > CHARACTERS_ALLOWED:
            raise RefusedError(
                f"becomes more than {CHARACTERS_ALLOWED:,} characters of SQL."
            )
        return text

    def _names_of(self, tree: nodes.Template) -> set[str]:
        """Return the names that a segment uses, if it may use them all."""
        names = meta.find_undeclared_variables(tree)
        unknown = names - ONLY_CALLED - HARMLESS - self.known
        if unknown:
            listed = ", ".join(f"`{name}`" for name in sorted(unknown))
            raise RefusedError(
                f"uses {listed}, which a segment does not know. {MAY_USE}"
            )
        called = {id(call.node) for call in tree.find_all(nodes.Call)}
        for name in tree.find_all(nodes.Name):
            if name.name in ONLY_CALLED and id(name) not in called:
                raise RefusedError(
                    f"uses `{name.name}` otherwise than as {name.name}(…). {MAY_USE}"
                )
        return names

    def _ref(self, model: str) -> str:
        if model not in self.tables:
            raise RefusedError(
                f"reads {model}, and there is no mart {model}. A segment reads marts only; "
                "check the name. A new mart is there after the next night."
            )
        return self.tables[model]

    def _var(self, name: str, default: object = None) -> object:
        value = self.variables.get(name, default)
        if value is None:
            raise RefusedError(
                f"asks for the variable {name}, and dbt_project.yml has none of that name."
            )
        return value


def answer(job: Job, source: str) -> dict[str, str]:
    """Return the SQL of a segment, or why it is refused."""
    try:
        return {"sql": job.render(source)}
    except RefusedError as refused:
        return {"refused": str(refused)}
    except jinja2.TemplateSyntaxError as error:
        said = str(error.message).rstrip(".")
        return {"refused": f"is not well formed in line {error.lineno}: {said}."}
    except MemoryError:
        return {"refused": "needs too much memory to become SQL."}
    except Exception as error:
        said = str(error).rstrip(".")
        return {"refused": f"cannot be turned into SQL ({said}). {MAY_USE}"}


def limit_seconds(seconds: int) -> None:
    """Let the system end this process where the next segment takes too long."""
    soft = math.ceil(time.process_time()) + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def answers(job: Job, sources: Iterable[str], seconds: int) -> Iterator[dict[str, str]]:
    """Yield an answer for each segment, each in its own time."""
    for source in sources:
        limit_seconds(seconds)
        yield answer(job, source)


def main() -> None:
    """Answer one request, a line a segment."""
    request = json.load(sys.stdin)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES_ALLOWED, hard))
    # a killed process leaves no core with what it knew
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    job = Job(request["macros"], request["variables"], request["tables"])
    for one in answers(job, request["sources"], request["seconds"]):
        sys.stdout.write(json.dumps(one) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
