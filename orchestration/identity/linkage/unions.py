"""Join things that belong together, except where a rule keeps two of them apart.

A union-find over whatever can be a key. Joins are tried in the order given, so that the
stronger tie is made and the weaker one refused; nothing depends on hashing or threads.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

Thing = TypeVar("Thing", bound=Hashable)


class Unions(Generic[Thing]):
    """Sets of things, joined pair by pair.

    ``apart`` are pairs that never end in one set. ``counts`` says how many values of
    each type a thing brings along, ``limits`` how many of a type one set may have.
    """

    def __init__(
        self,
        apart: Iterable[tuple[Thing, Thing]] = (),
        counts: Callable[[Thing], Mapping[str, int]] | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self._parents: dict[Thing, Thing] = {}
        self._members: dict[Thing, int] = {}
        self._counts = counts
        self._limits = limits or {}
        self._held: dict[Thing, Counter[str]] = {}
        self._enemies: dict[Thing, set[Thing]] = {}
        for one, other in apart:
            self._enemies.setdefault(one, set()).add(other)
            self._enemies.setdefault(other, set()).add(one)

    def find(self, thing: Thing) -> Thing:
        """Return the representative of the set that ``thing`` is in."""
        root = thing
        while (parent := self._parents.get(root, root)) != root:
            root = parent
        while thing != root:
            self._parents[thing], thing = root, self._parents.get(thing, thing)
        return root

    def join(self, one: Thing, other: Thing, *, limited: bool = False) -> str | None:
        """Join two sets; return why not: `not_the_same` or the type beyond its limit."""
        left, right = self.find(one), self.find(other)
        if left == right:
            return None
        if self._are_enemies(left, right):
            return "not_the_same"
        if limited and (beyond := self._beyond(left, right)):
            return beyond
        if self._members.get(left, 1) < self._members.get(right, 1):
            left, right = right, left
        self._parents[right] = left
        self._members[left] = self._members.get(left, 1) + self._members.pop(right, 1)
        if self._counts is not None:
            self._held[left] = self._holds(left) + self._holds(right)
        self._move_enemies(left, right)
        return None

    def _holds(self, root: Thing) -> Counter[str]:
        if root not in self._held and self._counts is not None:
            self._held[root] = Counter(self._counts(root))
        return self._held.get(root, Counter())

    def _beyond(self, left: Thing, right: Thing) -> str | None:
        together = self._holds(left) + self._holds(right)
        over = (kind for kind, n in together.items() if n > self._limits.get(kind, n))
        return min(over, default=None)

    def _are_enemies(self, left: Thing, right: Thing) -> bool:
        return right in self._enemies.get(left, ())

    def _move_enemies(self, left: Thing, right: Thing) -> None:
        """Give the enemies of ``right`` to ``left``; both ends speak of roots."""
        for enemy in self._enemies.pop(right, ()):
            self._enemies[enemy].discard(right)
            self._enemies[enemy].add(left)
            self._enemies.setdefault(left, set()).add(enemy)
