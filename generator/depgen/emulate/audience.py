"""Who of those that listen to a subject may have to be told of a change of an object.

Hundreds listen to a ledger, and a change of one entry concerns a few of them: those are found by the entry's name and not
by asking each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from depgen.emulate.jq_reads import Entries

if TYPE_CHECKING:
    from depgen.emulate.bus import Consumer


class Audience:
    """The consumers of one subject, in order, as they are when it is made. `is_screened`: one of them has a screen."""

    def __init__(self, consumers: Sequence[Consumer]) -> None:
        self._consumers = tuple(consumers)
        self._others: list[int] = []
        self._by_name: dict[str, list[int]] = {}
        self._by_start: dict[str, list[int]] = {}
        self.is_screened = any(consumer.screen is not None for consumer in consumers)
        for place, consumer in enumerate(consumers):
            only = consumer.screen.only if consumer.screen is not None else None
            if only is None:
                self._others.append(place)
            else:
                self._note(only, place)
        self._lengths = sorted({len(start) for start in self._by_start})

    def of(self, entries: Sequence[str] | None) -> Iterable[Consumer]:
        """Those to whom a change of these entries may matter; of more, if it is None."""
        if entries is None:
            return self._consumers
        found = set(self._others)
        for name in entries:
            found.update(self._by_name.get(name, ()))
            for length in self._lengths:
                found.update(self._by_start.get(name[:length], ()))
        return (self._consumers[place] for place in sorted(found))

    def _note(self, only: Entries, place: int) -> None:
        for name in only.names:
            self._by_name.setdefault(name, []).append(place)
        for start in only.starts:
            self._by_start.setdefault(start, []).append(place)
