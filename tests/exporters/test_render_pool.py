"""Other processes render the same, and none outlives its work."""

from collections.abc import Iterator

import pytest

from exporters.errors import RenderWorkerLostError
from exporters.messages import Row
from exporters.render_pool import Worker, render_all
from exporters.rendering import Renderer
from exporters.unsubscribe import Sender
from tests.exporters.small_night import FIELDS, Warehouse


def row_of(columns: list[str], profile_id: str) -> Row:
    cells = {**FIELDS, "profile_id": profile_id, "email": f"{profile_id}@example.com"}
    return tuple(cells.get(name) for name in columns)


def test_chunks_come_back_in_their_order(warehouse: Warehouse, sender: Sender) -> None:
    template, columns = warehouse.template(), warehouse.columns()
    chunks = [
        [row_of(columns, f"p{n}-{m}") for m in range(n)] for n in range(12, 0, -1)
    ]

    made = list(render_all(template, sender, chunks, 2))

    renderer = Renderer(template, sender)
    assert made == [renderer.render(rows) for rows in chunks]


def test_rows_are_fetched_only_as_far_as_needed(
    warehouse: Warehouse, sender: Sender
) -> None:
    fetched = []

    def chunks() -> Iterator[list[Row]]:
        for number in range(100):
            fetched.append(number)
            yield [row_of(warehouse.columns(), f"p{number}")]

    done = render_all(warehouse.template(), sender, chunks(), 2)
    next(done)
    done.close()  # type: ignore[attr-defined]
    assert len(fetched) < 10


def test_a_process_that_dies_is_an_error_not_a_silence(
    warehouse: Warehouse, sender: Sender
) -> None:
    with Worker(warehouse.template(), sender) as worker:
        worker._process.kill()
        worker._process.wait()
        with pytest.raises(RenderWorkerLostError, match=r"^vip"):
            worker.render([row_of(warehouse.columns(), "p1")])
    assert worker._process.poll() is not None
