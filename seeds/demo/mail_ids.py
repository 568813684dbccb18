"""The ids that the mail service gives to mails and to what becomes of them."""

import numpy as np
import pyarrow as pa

from seeds.demo.mail import MailEvents, Mails
from seeds.demo.texts import Ints, join, pick, random_ids


class MailIds:
    """The ids that SendGrid gave to the mails and events of one block."""

    def __init__(self, mails: Mails, events: MailEvents, at: np.random.Generator):
        self._messages = random_ids(at, len(mails), 22)
        self._events = random_ids(at, int(events.number.max(initial=0)) + 1, 22)

    def messages(self, mail: Ints) -> pa.StringArray:
        """Return the ``sg_message_id`` of mails."""
        tail = ".filterdrecv-5f6d8b7c9-0.0"
        return join(pick(self._messages, mail), tail)

    def smtp(self, mail: Ints) -> pa.StringArray:
        """Return the ``smtp-id`` of mails."""
        return join("<", pick(self._messages, mail), "@geopod-ismtpd-1>")

    def events(self, number: Ints) -> pa.StringArray:
        """Return the ``sg_event_id`` of events."""
        return pick(self._events, number)
