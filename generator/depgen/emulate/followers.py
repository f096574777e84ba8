"""Who is told of changes of objects.

They are found by a label, so that many watches of one kind cost no more than a few, and are remembered by what the labels
that anybody asks for are: most objects are like many others in that, and like what they were before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

    def chooses(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Whether it sees an object that is there, with these labels."""
        return self.namespace in ("", namespace) and self.selector.matches(labels)


class Followers:
    """Of one kind of objects."""

    def __init__(self) -> None:
        self._numbers = count()
        self._by_label: dict[tuple[str, str], dict[Follower, int]] = {}
        self._others: dict[Follower, int] = {}
        # The labels that anybody asks for, and who chooses an object of a namespace with such values of them.
        self._asked: tuple[str, ...] = ()
        self._known: dict[tuple[str | None, ...], dict[Follower, int]] = {}

    def add(self, follower: Follower) -> None:
        """One more, told after those that are there."""
        self._place(follower)[follower] = next(self._numbers)
        keys = (requirement.key for requirement in follower.selector.requirements)
        self._asked = tuple(dict.fromkeys((*self._asked, *keys)))
        self._known = {}

    def remove(self, follower: Follower) -> None:
        """One less."""
        for place in (self._others, *self._by_label.values()):
            place.pop(follower, None)
        self._known = {}

    def of(self, version: Frozen | None) -> Mapping[Follower, int]:
        """Who chooses this version of an object, in their order, each with its number; nobody if it is not there."""
        if version is None:
            return {}
        namespace, labels = version.namespace, version.labels
        what = (namespace, *map(labels.get, self._asked))
        found = self._known.get(what)
        if found is None:
            found = self._known[what] = self._choosing(namespace, labels)
        return found

    def _choosing(self, namespace: str, labels: Mapping[str, str]) -> dict[Follower, int]:
        places = (self._others, *(self._by_label.get(label, {}) for label in labels.items()))
        found = ((number, each) for place in places for each, number in place.items())
        return {each: number for number, each in sorted(found) if each.chooses(namespace, labels)}

    def _place(self, follower: Follower) -> dict[Follower, int]:
        """Of the labels that it asks for, the one that the fewest ask for."""
        asked = [
            self._by_label.setdefault((requirement.key, value), {})
            for requirement in follower.selector.requirements
            if requirement.operation == "in" and len(requirement.values) == 1
            for value in requirement.values
        ]
        return min(asked, key=len, default=self._others)
