"""The events inside each session: what the browser reported, second by second."""

from dataclasses import dataclass

import numpy as np

from seeds.demo.texts import Flags, Floats, Ints
from seeds.demo.web import LOGGED_IN, LOGS_IN, SLOTS, Sessions

NAMES = (
    "session_start",
    "page_view",
    "view_item_list",
    "view_search_results",
    "view_item",
    "add_to_cart",
    "remove_from_cart",
    "begin_checkout",
    "purchase",
    "scroll",
    "user_engagement",
    "login",
    "sign_up",
)
HOME, CART, CHECKOUT, THANKS, ACCOUNT = 0, 1, 2, 3, 4
CATEGORY_PAGE, SEARCH_PAGE, PRODUCT_PAGE = 5, 13, 21
LOGIN_AFTER, SIGN_UP_AFTER, CART_AFTER, REMOVED_AFTER = 4, 120, 10, 300
"""Seconds: from the start to a log-in; from a look at a product to its cart event."""
_MICRO = 1_000_000


@dataclass
class WebEvents:
    """The events of one block."""

    session: Ints
    name: Ints
    page: Ints
    sku: Ints
    at_micros: Ints
    bundle: Ints
    has_user: Flags
    drop: Ints

    def taken(self, rows: Ints) -> "WebEvents":
        """Return the events at ``rows``."""
        return WebEvents(*[column[rows] for column in vars(self).values()])


class _Pile:
    """Collects (session, seconds, name, page, sku) columns."""

    def __init__(self) -> None:
        self.parts: list[tuple[Ints, Floats, Ints, Ints, Ints]] = []

    def add(
        self, who: Ints, after: Floats | float, name: str, page: Ints | int, sku: Ints
    ) -> None:
        """Add one event for each session in ``who``."""
        rows = len(who)
        whole = np.broadcast_to(np.asarray(after, np.float64), rows)
        number = np.full(rows, NAMES.index(name))
        pages = np.broadcast_to(np.asarray(page, np.int64), rows)
        self.parts.append((who, whole, number, pages, sku))


def make_events(sessions: Sessions, days: int, rng: np.random.Generator) -> WebEvents:
    """Return every event, repeats included, sorted by drop and time."""
    pile = _Pile()
    _add_frame(pile, sessions, rng)
    for slot in range(SLOTS):
        _add_look(pile, sessions, slot, rng)
    _add_orders(pile, sessions)
    _add_bursts(pile, sessions, rng)
    columns = [np.concatenate(column) for column in zip(*pile.parts, strict=True)]
    session, after, name, page, sku = columns
    inside = rng.integers(0, 400_000, len(session))
    half = np.where(after % 1 >= 0.5, 500_000, 0)
    exact = sessions.burst[session] > 0
    part = np.where(exact, (after % 1 * _MICRO).astype(np.int64), inside + half)
    at = (sessions.started_at[session] + after.astype(np.int64)) * _MICRO + part
    since = np.where(sessions.login == LOGS_IN, LOGIN_AFTER, np.inf)
    since = np.where(sessions.login == LOGGED_IN, 0, since)
    since = np.where(sessions.is_sign_up, SIGN_UP_AFTER, since)
    bundle = rng.integers(1 << 30, 1 << 33, len(session))
    known = after >= since[session]
    drop = sessions.drop[session]
    events = WebEvents(session, name, page, sku, at, bundle, known, drop)
    return _with_repeats(events, sessions, days, rng)


def repeated_sessions(sessions: Sessions, days: int) -> Flags:
    """Say which sessions arrive once more with the next day's drop."""
    plain: Flags = (sessions.burst == 0) & ~sessions.is_late
    plain &= (sessions.started_at % 211 == 0) & (sessions.drop < days - 1)
    return plain


def _with_repeats(
    events: WebEvents, sessions: Sessions, days: int, rng: np.random.Generator
) -> WebEvents:
    again = np.flatnonzero(repeated_sessions(sessions, days)[events.session])
    rows = np.concatenate([np.arange(len(events.session)), again])
    whole = events.taken(rows)
    whole.drop[len(events.session) :] += 1
    return whole.taken(np.lexsort((whole.bundle, whole.at_micros, whole.drop)))


def _add_frame(pile: _Pile, sessions: Sessions, rng: np.random.Generator) -> None:
    """Start and end, home page, lists, searches, log-in and sign-up."""
    everyone = np.arange(len(sessions))
    none = np.full(len(sessions), -1)
    pile.add(everyone, 0.0, "session_start", HOME, none)
    pile.add(everyone, 0.5, "page_view", HOME, none)
    category = np.maximum(sessions.sku[:, 0], 0) // 15
    for flags, page, after, name in (
        (sessions.listed, CATEGORY_PAGE, 6.0, "view_item_list"),
        (sessions.searched, SEARCH_PAGE, 9.0, "view_search_results"),
    ):
        who = np.flatnonzero(flags)
        pile.add(who, after, "page_view", page + category[who], none[who])
        pile.add(who, after + 1, name, page + category[who], none[who])
    who = np.flatnonzero(sessions.login == LOGS_IN)
    pile.add(who, float(LOGIN_AFTER), "login", ACCOUNT, none[who])
    who = np.flatnonzero(sessions.is_sign_up)
    pile.add(who, float(SIGN_UP_AFTER), "sign_up", ACCOUNT, none[who])
    stays = (sessions.sku[:, 0] >= 0) | (rng.random(len(sessions)) < 0.3)
    who = np.flatnonzero(stays & (sessions.burst == 0) & (sessions.order < 0))
    looks = (sessions.sku[who] >= 0).sum(axis=1)
    end = 14 + looks * sessions.gap[who]
    pile.add(who, end, "user_engagement", HOME, none[who])


def _add_look(
    pile: _Pile, sessions: Sessions, slot: int, rng: np.random.Generator
) -> None:
    """One product page: view, scroll, cart."""
    who = np.flatnonzero((sessions.sku[:, slot] >= 0) & (sessions.burst == 0))
    sku, at = sessions.sku[who, slot], sessions.slot_at(slot)[who]
    page = PRODUCT_PAGE + sku
    pile.add(who, at, "page_view", page, sku)
    pile.add(who, at + 1, "view_item", page, sku)
    scrolls = np.flatnonzero(rng.random(len(who)) < 0.3)
    pile.add(who[scrolls], at[scrolls] + 5, "scroll", page[scrolls], sku[scrolls])
    puts = np.flatnonzero(sessions.carted[who, slot])
    after = at[puts] + CART_AFTER
    pile.add(who[puts], after, "add_to_cart", page[puts], sku[puts])
    takes = np.flatnonzero(sessions.removed[who, slot])
    after = at[takes] + CART_AFTER + REMOVED_AFTER
    pile.add(who[takes], after, "remove_from_cart", CART, sku[takes])


def _add_orders(pile: _Pile, sessions: Sessions) -> None:
    who = np.flatnonzero(sessions.order >= 0)
    length = np.floor(sessions.slot_at(SLOTS - 1)[who] + 90)
    none = np.full(len(who), -1)
    pile.add(who, length - 40, "page_view", CHECKOUT, none)
    pile.add(who, length - 38, "begin_checkout", CHECKOUT, sessions.sku[who, 0])
    pile.add(who, length + 2, "purchase", THANKS, none)
    pile.add(who, length + 3, "page_view", THANKS, none)


def _add_bursts(pile: _Pile, sessions: Sessions, rng: np.random.Generator) -> None:
    """Pages at machine speed; a bot fills carts too, which must not count."""
    bots = np.flatnonzero(sessions.burst > 0)
    who = np.repeat(bots, sessions.burst[bots])
    starts = np.cumsum(sessions.burst[bots]) - sessions.burst[bots]
    step = np.arange(len(who)) - np.repeat(starts, sessions.burst[bots])
    at = 1 + step * sessions.gap[who]
    sku = rng.integers(0, 120, len(who))
    pile.add(who, at, "page_view", PRODUCT_PAGE + sku, sku)
    pile.add(who, at + 0.02, "view_item", PRODUCT_PAGE + sku, sku)
    puts = np.flatnonzero(step % 40 == 20)
    after = at[puts] + 0.04
    pile.add(who[puts], after, "add_to_cart", PRODUCT_PAGE + sku[puts], sku[puts])
