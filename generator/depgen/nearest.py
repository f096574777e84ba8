"""Which of many names was probably meant: a guess for a hint, within a bounded time.

difflib compares each question with each name; a thousand misspelt names in a graph of ten thousand nodes would take it
an hour. Most mistakes are one slip of the finger, and those are looked up. The others are compared as well as the time
allows: with the neighbours in the alphabet, and not at all once there have been many.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from functools import cached_property

_LONGEST = 64
_NEIGHBOURS = 100
_COMPARISONS = 4_000


class Names:
    """The names that exist; nothing is done with them until it is asked. What it answers may depend on what it was asked before, so ask in a fixed order."""

    def __init__(self, names: Collection[str]) -> None:
        self._given = names
        self._answers: dict[str, str | None] = {}
        self._comparisons = _COMPARISONS

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._given)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._known)

    @cached_property
    def _letters(self) -> list[str]:
        return sorted(set().union(*self._known))

    def closest(self, name: str) -> str | None:
        """The name that is most like `name`, if one is."""
        if name not in self._answers:
            slip = self._one_slip(name) if len(name) <= _LONGEST else None
            self._answers[name] = slip or self._alike(name)
        return self._answers[name]

    def _one_slip(self, name: str) -> str | None:
        """A name with one letter more, one less, another one, or two exchanged; the first kind that there is."""
        # Of two letters, one is not enough to tell what was meant.
        kinds = (self._longer(name), _shorter(name), self._changed(name))[: len(name)]
        return next((max(found) for kind in kinds if (found := self._known.intersection(kind))), None)

    def _longer(self, name: str) -> Iterator[str]:
        return (f"{name[:i]}{c}{name[i:]}" for i in range(len(name) + 1) for c in self._letters)

    def _changed(self, name: str) -> Iterator[str]:
        for i in range(len(name)):
            start, end = name[:i], name[i + 1 :]
            yield from [f"{start}{c}{end}" for c in self._letters]
            if end:
                yield f"{start}{end[0]}{name[i]}{end[1:]}"

    def _alike(self, name: str) -> str | None:
        middle = bisect_left(self._sorted, name)
        first = max(0, min(middle - _NEIGHBOURS // 2, len(self._sorted) - _NEIGHBOURS))
        chosen = self._sorted[first : first + _NEIGHBOURS]
        if len(name) > _LONGEST or len(chosen) > self._comparisons:
            return None
        from difflib import get_close_matches  # slow to load, and most graphs are right

        self._comparisons -= len(chosen)
        return next(iter(get_close_matches(name, chosen, 1)), None)


def _shorter(name: str) -> Iterator[str]:
    return (name[:i] + name[i + 1 :] for i in range(len(name)))
