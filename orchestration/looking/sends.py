"""Whom we wrote to: one person's mails, or a segment's, on the published night.

Read from the published tables; tonight's are those of `act_send_plan`, earlier ones those of
the mart `sends`.
"""

from dataclasses import dataclass

import duckdb

from orchestration.home.published import Row, published_tables, rows
from orchestration.home.settings import Settings
from orchestration.home.tables import has_table
from orchestration.looking.lookup import PersonNotFoundError, find_profile


@dataclass(frozen=True)
class Sends:
    """What was written, and what tonight's rules say; lists of rows by column name."""

    night: str
    name: str
    tonight: list[Row]
    earlier: list[Row]


class NoSendsError(Exception):
    """The published night was built before whom we wrote to was kept."""


def read_sends(settings: Settings, name: str) -> Sends:
    """Return the mails of a segment, called with or without `seg_`, or of a person.

    Raises:
        NoSendsError: the published night knows nothing of it yet.
        NothingPublishedError: there is no night to look at yet.
        PersonNotFoundError: no segment and nobody is known by that.
        SeveralPeopleError: several people are.
    """
    with published_tables(settings) as (published, connection):
        if not has_table(connection, "marts.sends"):
            raise NoSendsError(
                f"The night of {published.night} was published before it was kept whom we "
                "write to. Run a newer one: nightpost run."
            )
        slug = name.strip().removeprefix("seg_")
        if _is_segment(connection, slug):
            return _of(connection, published.night, slug, SEGMENT)
        try:
            profile = find_profile(connection, settings, name)
        except PersonNotFoundError as error:
            raise PersonNotFoundError(
                f"No segment of the published night is called so. {error}"
            ) from None
        return _of(connection, published.night, profile, PERSON)


def _is_segment(connection: duckdb.DuckDBPyConnection, slug: str) -> bool:
    found = rows(
        connection,
        "select 1 from activation.act_segments where segment = $1 "
        "union all select 1 from marts.sends where segment = $1 limit 1",
        [slug],
    )
    return bool(found)


def _of(
    connection: duckdb.DuckDBPyConnection,
    night: str,
    name: str,
    queries: tuple[str, str],
) -> Sends:
    tonight, earlier = (rows(connection, query, [name]) for query in queries)
    return Sends(night, name, tonight, earlier)


PERSON = (
    """
    select
        segment,
        case when is_planned then 'gets it' else coalesce(loss_reason, 'no mail') end
            as mail,
        beaten_by as won_by,
        send_at,
        case when is_moved then 'moved out of quiet hours' end as moved,
        next_possible_at as next_possible,
        message_id
    from activation.act_send_plan
    where profile_id = $1
    order by priority, segment
    """,
    """
    select night, segment, kind, template, send_at, service_says, message_id
    from marts.sends
    where profile_id = $1
    order by send_at desc, message_id
    """,
)
SEGMENT = (
    """
    select
        case when is_planned then 'get it' else coalesce(loss_reason, 'no mail') end
            as mail,
        count(*) as people,
        count(*) filter (is_moved) as moved_out_of_quiet_hours,
        min(next_possible_at) as first_next_possible,
        max(next_possible_at) as last_next_possible
    from activation.act_send_plan
    where segment = $1
    group by all
    order by people desc, mail
    """,
    """
    select
        night,
        count(distinct message_id) as mails,
        count(distinct message_id) filter (service_says = 'delivered') as delivered,
        count(distinct message_id) filter (service_says = 'bounced') as bounced,
        count(distinct message_id) filter (service_says = 'dropped') as dropped,
        count(distinct message_id) filter (service_says = 'unknown') as unknown
    from marts.sends
    where segment = $1
    group by night
    order by night desc
    """,
)
