"""Who is told of changes of objects, found by a label so that many watches of one kind cost no more than a few."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from depgen.emulate.frozen import Frozen
from depgen.emulate.selectors import Selector

Told = Callable[[Frozen | None, Frozen | None], None]
Kind = tuple[str, str]


class Follower:
    """Somebody who is told of changes: `tell(before, after)`, None where the object is not there or not chosen."""

    def __init__(self, kind: Kind, namespace: str, selector: Selector, tell: Told) -> None:
        self.kind = kind
        self.namespace = namespace
        self.selector = selector
        self.tell = tell

    def chooses(self, found: Frozen | None) -> bool:
        """Whether it sees this version of an object."""
        if found is None or self.namespace not in ("", found.namespace):
            return False
        return self.selector.matches(found.labels)


class Followers:
    """Of one kind of objects."""

    def __init__(self) -> None:
        self._numbers = count()
        self._by_label: dict[tuple[str, str], dict[Follower, int]] = {}
        self._others: dict[Follower, int] = {}

    def add(self, follower: Follower) -> None:
        """One more, told after those that are there."""
        self._place(follower)[follower] = next(self._numbers)

    def remove(self, follower: Follower) -> None:
        """One less."""
        for place in (self._others, *self._by_label.values()):
            place.pop(follower, None)

    def of(self, *versions: Frozen | None) -> list[Follower]:
        """Who may choose one of these versions of an object, in their order."""
        found = dict(self._others)
        for version in versions:
            if version is not None:
                for label in version.labels.items():
                    found.update(self._by_label.get(label, ()))
        return sorted(found, key=found.__getitem__)

    def _place(self, follower: Follower) -> dict[Follower, int]:
        """Of the labels that it asks for, the one that the fewest ask for."""
        asked = [
            self._by_label.setdefault((requirement.key, value), {})
            for requirement in follower.selector.requirements
            if requirement.operation == "in" and len(requirement.values) == 1
            for value in requirement.values
        ]
        return min(asked, key=len, default=self._others)
