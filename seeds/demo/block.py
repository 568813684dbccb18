"""Everything that happened to one block of people, before it is written down."""

from dataclasses import dataclass

from seeds.demo.consents import Agreement, Ledger
from seeds.demo.contacts import Contacts
from seeds.demo.mail import MailEvents, Mails
from seeds.demo.mail_ids import MailIds
from seeds.demo.order_versions import Versions
from seeds.demo.orders import Orders
from seeds.demo.people import People
from seeds.demo.texts import Ints
from seeds.demo.web import Sessions
from seeds.demo.web_events import WebEvents


@dataclass
class Block:
    """The parts of one block's life; ``barred`` is a drop for each person."""

    people: People
    agreement: Agreement
    ledger: Ledger
    orders: Orders
    versions: Versions
    contacts: Contacts
    sessions: Sessions
    web_events: WebEvents
    mails: Mails
    mail_events: MailEvents
    mail_ids: MailIds
    barred: Ints
