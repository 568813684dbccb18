"""What a night is told of its mails: whom earlier nights wrote to, and its templates."""

from datetime import date

import duckdb

from exporters.template_sources import template_name
from orchestration.arrivals.raw_views import OWN_SCHEMA
from orchestration.home.sends_state import write_sends_view
from orchestration.home.settings import Settings
from orchestration.home.tables import literal


def write_memory(
    connection: duckdb.DuckDBPyConnection, settings: Settings, night: date
) -> None:
    """Write the view on the mails of earlier nights, and each segment's template."""
    days = int(settings.variable("sends_remembered_days"))
    write_sends_view(connection, settings.home, night, OWN_SCHEMA, days)
    slugs = [model.removeprefix("seg_") for model in settings.segment_models]
    rows = ", ".join(
        f"({literal(slug)}, {literal(template_name(settings.templates, slug))})"
        for slug in slugs
    )
    connection.execute(f"delete from {OWN_SCHEMA}.templates")
    if rows:
        connection.execute(f"insert into {OWN_SCHEMA}.templates values {rows}")
