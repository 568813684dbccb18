"""A rendering process: ``python -m exporters.render_worker``, fed by `render_pool`.

It reads frames from standard input and answers on standard output until the input
ends. It opens no file and no database.
"""

import gc
import sys

from exporters.errors import TemplateBrokenError
from exporters.render_messages import (
    Pipe,
    answer_broken,
    answer_rendered,
    read_greeting,
    read_rows,
)
from exporters.rendering import Renderer


def main() -> None:
    """Serve one parent until it hangs up."""
    # Rendering makes no cycles, and looking for them would cost a tenth of the time.
    gc.disable()
    pipe = Pipe(sys.stdin.buffer, sys.stdout.buffer)
    try:
        renderer = Renderer(*read_greeting(pipe.receive()))
        while True:
            _answer(renderer, pipe)
    except (EOFError, BrokenPipeError):
        return


def _answer(renderer: Renderer, pipe: Pipe) -> None:
    rows = read_rows(pipe.receive())
    try:
        rendered = renderer.render(rows)
    except TemplateBrokenError as problem:
        answer_broken(pipe, problem)
    else:
        answer_rendered(pipe, rendered)


if __name__ == "__main__":
    main()
