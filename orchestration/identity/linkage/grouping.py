"""Which pairs may become one person together: groups that hold on their own.

A chain of pairs, each likely, joins records that have nothing in common. So groups are
joined strongest first, and only where all their pairs taken together speak for it: the
mean over all pairs between them, a pair that was not found likely counting as a doubt, and
a little for how many there are.
"""

import heapq
import math
from collections.abc import Iterable, Mapping

CAP, DOUBT = 12.0, -4.0
# Several pairs between two groups say more than their mean, though not as much as their sum,
# for they repeat each other: each doubling of them is worth a bit, four bits at most.
SEVERAL = 4.0

Edge = tuple[int, int, float]
_NONE: frozenset[str] = frozenset()


def group(
    size: int,
    edges: Iterable[Edge],
    least: float,
    *,
    holds: Mapping[int, frozenset[str]] | None = None,
    joins: list[float] | None = None,
) -> list[int]:
    """Return for each of ``size`` records the smallest record of its group.

    ``edges`` are (l, r, bits for being one person); two groups are joined while the mean
    of the pairs between them, capped at `CAP` bits, is at least ``least``. ``holds`` names
    the sources without duplicates that a record is of: no group holds two of one source.
    ``joins`` takes the bits of every join that was made.
    """
    links: list[dict[int, tuple[float, int]]] = [{} for _ in range(size)]
    heap: list[tuple[float, int, int, int, int]] = []
    for left, right, bits in edges:
        weight = min(bits, CAP)
        links[left][right] = links[right][left] = (weight, 1)
        if weight >= least:
            heap.append((-weight, min(left, right), max(left, right), 0, 0))
    heapq.heapify(heap)
    members = [[one] for one in range(size)]
    version = [0] * size
    held = dict(holds or {})
    while heap:
        score, left, right, left_version, right_version = heapq.heappop(heap)
        if version[left] != left_version or version[right] != right_version:
            continue
        if held.get(left, _NONE) & held.get(right, _NONE):
            continue
        if right in held:
            held[left] = held.get(left, _NONE) | held.pop(right)
        if joins is not None:
            joins.append(-score)
        _join(links, members, left, right)
        version[left] += 1
        version[right] = -1
        for other, (total, count) in sorted(links[left].items()):
            pairs = len(members[left]) * len(members[other])
            mean = (total + DOUBT * (pairs - count)) / pairs
            mean = round(mean + min(SEVERAL, math.log2(pairs)), 6)
            if mean >= least:
                low, high = sorted((left, other))
                heapq.heappush(heap, (-mean, low, high, version[low], version[high]))
    smallest = [0] * size
    for group_members in members:
        first = min(group_members, default=0)
        for one in group_members:
            smallest[one] = first
    return smallest


def _join(
    links: list[dict[int, tuple[float, int]]],
    members: list[list[int]],
    left: int,
    right: int,
) -> None:
    """Move all of ``right`` to ``left``."""
    members[left] += members[right]
    members[right] = []
    del links[left][right]
    for other, (total, count) in links[right].items():
        if other == left:
            continue
        own_total, own_count = links[left].get(other, (0.0, 0))
        joined = (round(own_total + total, 6), own_count + count)
        links[left][other] = links[other][left] = joined
        del links[other][right]
    links[right] = {}
