"""Payload files: one personalised message a line, for everybody in tonight's plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from exporters.audiences import check_one_row_each
from exporters.cells import checked_segment
from exporters.errors import MissingColumnsError
from exporters.files import FileReceipt, write_file
from exporters.payload_rows import (
    TABLE,
    check_everybody_may_be_written_to,
    check_token_names,
    count_rows,
    payload_columns,
    read_chunks,
)
from exporters.rejects import Reject
from exporters.render_pool import render_all
from exporters.template_sources import Template
from exporters.unsubscribe import Sender

__all__ = ["PayloadReceipt", "export_payloads", "payload_columns"]

ROWS_PER_WORKER = 3_000
"""Fewer rows than this are not worth a further process (its start: about 0.3 s)."""


@dataclass(frozen=True)
class PayloadReceipt:
    """What was rendered for one segment; ``rows`` were written, ``rejects`` refused.

    ``left_out`` are pictures and links that mails went without.
    """

    segment: str
    file: FileReceipt
    rows: int
    rejects: tuple[Reject, ...]
    left_out: tuple[Reject, ...]
    template_sha256: str


def export_payloads(
    connection: duckdb.DuckDBPyConnection,
    template: Template,
    segment: str,
    out_dir: Path,
    sender: Sender,
    *,
    workers: int = 1,
) -> PayloadReceipt:
    """Write ``payloads/<segment>/payloads.jsonl`` below ``out_dir``, by profile_id.

    ``workers`` is the most processes that may render; the bytes do not depend on it.

    Raises:
        TemplateBrokenError: a row cannot be rendered; no file is left behind.
        MissingColumnsError: the table is not the one the template was checked against.
        UnsupportedColumnError: a column cannot become a token.
        DuplicatePersonError: a person stands twice; nothing is written.
        NotInAudienceError: somebody is not a member; nothing is written.
        RenderWorkerLostError: a rendering process ended too early; no file is left.
        WarehouseUnreadableError: DuckDB refused a query.
        FileNotWrittenError: the system refused; no half file is left behind.

    """
    checked_segment(segment)
    types = payload_columns(connection)
    _check_template_fits(template, segment, tuple(types))
    check_token_names(segment, types)
    check_one_row_each(connection, segment, TABLE)
    check_everybody_may_be_written_to(connection, segment)
    wanted = count_rows(connection, segment) // ROWS_PER_WORKER
    chunks = read_chunks(connection, segment, types)
    rejects: list[Reject] = []
    left_out: list[Reject] = []

    def parts() -> Iterator[tuple[bytes, int]]:
        for done in render_all(template, sender, chunks, min(workers, wanted)):
            rejects.extend(done.rejects)
            left_out.extend(done.left_out)
            yield done.lines, done.rows

    file = write_file(out_dir, f"payloads/{segment}/payloads.jsonl", parts())
    return PayloadReceipt(
        segment, file, file.rows, tuple(rejects), tuple(left_out), template.sha256
    )


def _check_template_fits(
    template: Template, segment: str, columns: tuple[str, ...]
) -> None:
    if template.segment != segment or template.columns != columns:
        raise MissingColumnsError(
            f"{segment}: its template was loaded for another segment or for other "
            f"columns than activation.{TABLE} has. Load it with these columns."
        )
