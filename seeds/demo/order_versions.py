"""Which states of an order the drops export: it returns whenever it has changed."""

from dataclasses import dataclass

import numpy as np

from seeds.demo.clock import NEVER, Calendar
from seeds.demo.orders import Orders
from seeds.demo.texts import Flags, Ints


@dataclass
class Versions:
    """Each state of each order that some drop exports, sorted by drop."""

    order: Ints
    drop: Ints
    paid: Flags
    fulfilled: Flags
    cancelled: Flags
    refunded: Flags


def make_versions(orders: Orders, cal: Calendar) -> Versions:
    """Return one version for every drop in which an order was made or changed."""
    late = orders.ordered_at >= cal.end_at
    drops = []
    for at in orders.changed_at:
        drop = np.minimum(cal.drop_of(at) + orders.delay, cal.days - 1)
        drop = np.where(late, max(cal.days - 7, 0), drop)
        drops.append(np.where((at < NEVER), drop, NEVER))
    order = np.concatenate([np.flatnonzero(drop < NEVER) for drop in drops])
    at_drop = np.concatenate([drop[drop < NEVER] for drop in drops])
    keys = np.unique(at_drop * len(orders) + order)
    order, drop = keys % len(orders), keys // len(orders)
    states = [column[order] <= drop for column in drops[1:]]
    return Versions(order, drop, *states)
