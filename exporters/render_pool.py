"""Rendering many chunks of rows, in this process or in a few others, order kept.

Other processes are plain ``python -m exporters.render_worker`` children that are fed
through pipes, so a threaded parent is safe (nothing is forked with its locks), and no
pickle crosses between processes.
"""

import contextlib
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from exporters.errors import RenderWorkerLostError
from exporters.messages import Row
from exporters.render_messages import Pipe, ask_rendered, greeting
from exporters.rendering import Rendered, Renderer
from exporters.template_sources import Template
from exporters.unsubscribe import Sender

_HOME = Path(__file__).resolve().parent.parent
_PIPE_BYTES = 1 << 20


def render_all(
    template: Template,
    sender: Sender,
    chunks: Iterable[list[Row]],
    workers: int,
) -> Iterator[Rendered]:
    """Yield every chunk rendered, in order; below two workers in this process.

    Raises:
        TemplateBrokenError: the first row, in order, that shows it to be wrong.
        RenderWorkerLostError: a process ended before it had answered.

    """
    if workers <= 1:
        renderer = Renderer(template, sender)
        yield from map(renderer.render, chunks)
        return
    with contextlib.ExitStack() as cleaning:
        idle: SimpleQueue[Worker] = SimpleQueue()
        for _ in range(workers):
            idle.put(cleaning.enter_context(Worker(template, sender)))
        threads = cleaning.enter_context(ThreadPoolExecutor(workers))
        yield from _in_order(threads, idle, chunks, 2 * workers)


def _in_order(
    threads: ThreadPoolExecutor,
    idle: "SimpleQueue[Worker]",
    chunks: Iterable[list[Row]],
    most: int,
) -> Iterator[Rendered]:
    """Keep at most ``most`` chunks under way, and yield them as they were given."""

    def render(rows: list[Row]) -> Rendered:
        worker = idle.get()
        try:
            return worker.render(rows)
        finally:
            idle.put(worker)

    waiting: deque[Future[Rendered]] = deque()
    for rows in chunks:
        waiting.append(threads.submit(render, rows))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


class Worker:
    """A rendering process; ends with its ``with`` block, or when its parent does."""

    def __init__(self, template: Template, sender: Sender) -> None:
        """Start the process and tell it the template and the sender."""
        self._segment = template.segment
        self._process = subprocess.Popen(
            [sys.executable, "-m", "exporters.render_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_HOME,
            pipesize=_PIPE_BYTES,
        )
        self._pipe = Pipe(self._process.stdout, self._process.stdin)
        self._greeting = greeting(template, sender)
        self._greeted = False

    def render(self, rows: list[Row]) -> Rendered:
        """Return ``rows`` rendered by the process.

        Raises:
            TemplateBrokenError: the process found the template to be wrong.
            RenderWorkerLostError: the process ended before it had answered.

        """
        try:
            if not self._greeted:
                self._pipe.send(self._greeting)
                self._greeted = True
            return ask_rendered(self._pipe, rows)
        except (OSError, EOFError):
            pass
        raise RenderWorkerLostError(
            f"{self._segment}: a rendering process ended before it had answered "
            "(memory?). Nothing was written; run again, or with one worker."
        )

    def __enter__(self) -> "Worker":
        """Return the worker itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process, whether or not it is busy."""
        self._process.kill()
        self._process.wait()
        self._pipe.close()
