"""Mail events in the layout of SendGrid's event webhook: one POSTed batch a line."""

import numpy as np
import pyarrow as pa

from seeds.demo import truth
from seeds.demo.block import Block
from seeds.demo.catalogue import Catalogue
from seeds.demo.clock import NEVER, Calendar, business_days, date_texts
from seeds.demo.drops import DropWriter
from seeds.demo.mail import BOUNCE, CLICK, EVENTS, OPEN, MailEvents
from seeds.demo.people import People
from seeds.demo.texts import (
    Flags,
    Ints,
    digits,
    join,
    json_text,
    pick,
    where,
)

LARGEST_BATCH = 500
TEMPLATES = ("spring-news", "new-in", "your-picks", "last-chance")
AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/132.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15",
)
PROXY_AGENT = "Mozilla/5.0"
HARD = ',"reason":"550 5.1.1 unknown recipient","status":"5.1.1","type":"bounce"'
SOFT = ',"reason":"452 4.2.2 mailbox full","status":"4.2.2","type":"blocked"'
_ENDS = {
    "processed": "",
    "delivered": ',"response":"250 OK"',
    "deferred": ',"response":"450 try again later","attempt":"1"',
    "dropped": ',"reason":"Bounced Address","status":"5.0.0"',
    "unsubscribe": "",
    "spamreport": "",
}


def write_mail_events(
    drops: DropWriter, block: Block, goods: Catalogue, rng: np.random.Generator
) -> None:
    """Append the events, gathered into batches of 1 to 500, to their drops."""
    events, mails, people = block.mail_events, block.mails, block.people
    ids = block.mail_ids
    person = mails.person[events.mail]
    starts = _batch_starts(events.drop, rng)
    ends = np.append(starts[1:], True)[: len(starts)]
    kinds = [
        f',"event":"{kind}","category":"newsletter","sg_event_id":"' for kind in EVENTS
    ]
    emails = [json_text(email) for email in people.email]
    sent_on = date_texts(business_days(mails.sent_at))
    campaign = [f'"campaign":"{name}-' for name in TEMPLATES]
    smtp = join(',"smtp-id":"', ids.smtp(events.mail), '"')
    lines = join(
        where(starts, '[{"email":', '{"email":'),
        pick(emails, person),
        ',"timestamp":',
        digits(events.at),
        where(events.kind < OPEN, smtp, ""),
        pick(kinds, events.kind),
        ids.events(events.number),
        '","sg_message_id":"',
        ids.messages(events.mail),
        '","asm_group_id":10,"template_id":"d-',
        pick([f'{name}",' for name in TEMPLATES], mails.template[events.mail]),
        pick(campaign, mails.template[events.mail]),
        pick(sent_on, events.mail),
        '"',
        _details(events, people, person, goods),
        where(ends, "}]\n", "},"),
    )
    drops.append("sendgrid/events", events.drop, lines)


def open_truth(
    block: Block, cal: Calendar
) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
    """Return the opens by people and those by machines, each event once."""
    events, mails, people = block.mail_events, block.mails, block.people
    ids = block.mail_ids
    _, first = np.unique(events.number, return_index=True)
    once = events.taken(first)
    tables = []
    for machine in (False, True):
        rows = np.flatnonzero((once.kind == OPEN) & (once.is_machine == machine))
        part = once.taken(rows)
        person = mails.person[part.mail]
        tables.append(
            {
                "sg_event_id": ids.events(part.number),
                "sg_message_id": ids.messages(part.mail),
                "email": pick(people.email, person),
                "opened_at": truth.instants(part.at, NEVER),
                "person_id": pick(people.ids, person),
                "arrived_on": truth.days(part.drop + cal.first),
            }
        )
    return tables[0], tables[1]


def _batch_starts(drop: Ints, rng: np.random.Generator) -> Flags:
    """Say which events begin a batch: at random, at a new drop, at the limit."""
    rows = len(drop)
    starts = rng.random(rows) < 1 / 60
    starts |= np.append(True, np.diff(drop) != 0)[:rows]
    place = np.arange(rows)
    since = place - np.maximum.accumulate(np.where(starts, place, 0))
    full: Flags = since % LARGEST_BATCH == 0
    return starts | full


def _details(
    events: MailEvents, people: People, person: Ints, goods: Catalogue
) -> pa.StringArray:
    """Return the fields that only one kind of event has."""
    plain = pick([_ENDS.get(kind, "") for kind in EVENTS], events.kind)
    bounce = pick([SOFT, HARD], events.is_hard.astype(np.int64))
    agent = np.where(events.is_machine, 0, 1 + person % len(AGENTS))
    agents = [PROXY_AGENT, *AGENTS]
    cells = [f',"useragent":{json_text(agent)},"ip":"192.0.2.' for agent in agents]
    seen = join(pick(cells, agent), digits(person % 250 + 1), '"')
    flags = [',"sg_machine_open":false', ',"sg_machine_open":true']
    opened = join(
        seen,
        ',"sg_content_type":"html"',
        pick(flags, events.is_machine.astype(np.int64)),
    )
    links = [
        f',"url":{json_text(link + "?utm_source=newsletter")}'
        ',"url_offset":{"index":0,"type":"html"}'
        for link in goods.links
    ]
    clicked = join(seen, pick(links, np.maximum(events.sku, 0)))
    found = where(events.kind == BOUNCE, bounce, plain)
    found = where(events.kind == OPEN, opened, found)
    return where(events.kind == CLICK, clicked, found)
