"""Tell a night's steps as they end, with their seconds; keep what they warn of."""

import logging
from typing import TextIO

import dagster as dg

NAME_WIDTH, SECONDS_WIDTH = 18, 8
MILLISECONDS = 1000


class Progress:
    """A listener to one run's events: a line a step on ``out``, nothing where that is None.

    ``warnings`` are the sentences of the run's steps, in order.
    """

    def __init__(self, out: TextIO | None, steps: int) -> None:
        self._out = out
        self._steps = steps
        self._done = 0
        self.warnings: list[str] = []

    def __call__(self, entry: dg.EventLogEntry) -> None:
        """Take one event of the run."""
        event = entry.dagster_event
        if event is None:
            if entry.level in (logging.WARNING, logging.ERROR):
                self.warnings.append(entry.user_message)
            return
        if event.is_step_start:
            self._done += 1
            name = plain_name(event.step_key or "")
            self._say(f"  {self._done:>2}/{self._steps} {name:<{NAME_WIDTH}}")
        elif event.is_step_success:
            seconds = event.step_success_data.duration_ms / MILLISECONDS
            self._say(f"{seconds:>{SECONDS_WIDTH}.1f} s\n")
        elif event.is_step_failure:
            self._say("  failed\n")

    def _say(self, words: str) -> None:
        if self._out is not None:
            self._out.write(words)
            self._out.flush()


def plain_name(step_key: str) -> str:
    """Return a step's name in words: `row counts` for `row_counts`."""
    return step_key.replace("_", " ")
