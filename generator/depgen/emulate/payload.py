"""What an event carries: a text, or the two versions of an object that make one when somebody wants it.

A ledger of a large graph is some ten kilobytes, and most programs look at a few lines of it. So the text of a change is
made only for whoever reads all of it; others get a part (`of`), which is the same to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from depgen.emulate.frozen import Frozen, go_bytes
from depgen.emulate.jq_reads import Entries, Reads

ChangeType = Literal["ADD", "UPDATE", "DELETE"]


class Payload:
    """JSON."""

    def __init__(self, text: str) -> None:
        self._text: str | None = text

    @property
    def text(self) -> str:
        """All of it."""
        assert self._text is not None
        return self._text

    @property
    def most_bytes(self) -> int:
        """It has no more bytes than these, as Go writes it."""
        return 6 * len(self.text)

    @property
    def bytes(self) -> int:
        """How many it has, as Go writes it."""
        return go_bytes(self.text)


class Change(Payload):
    """Of a `resource` event; `tail` is what comes after the two bodies."""

    def __init__(self, type_: ChangeType, old: Frozen | None, new: Frozen, tail: str) -> None:
        self._text = None
        self.type = type_
        self.old = old
        self.new = new
        self.tail = tail
        self.object = f"{new.namespace}/{new.name}"

    @property
    def text(self) -> str:
        """All of it."""
        if self._text is None:
            self._text = self._joined(self.new.text, self.old.text if self.old else "null")
        return self._text

    @property
    def most_bytes(self) -> int:
        """It has no more bytes than these, as Go writes it."""
        return self.new.most_bytes + (self.old.most_bytes if self.old else 4) + 6 * len(self.tail) + 64

    @property
    def bytes(self) -> int:
        """How many it has, as Go writes it: its parts are those of other events too."""
        return self.new.bytes + (self.old.bytes if self.old else 4) + go_bytes(self._joined("", ""))

    def of(self, reads: Reads | None) -> str:
        """As much of it as matters to a program with these reads."""
        if reads is None or reads.everything or self.type == "DELETE":
            return self.text
        parts = reads.metadata, reads.names, reads.starts
        return self._joined(self.new.of(*parts), self.old.of(*parts) if self.old else "null")

    def now(self, metadata: frozenset[str], entries: Iterable[Entries]) -> str:
        """As `of`, for all who look at some fields and some entries, without what was before."""
        several = tuple(entries)
        names = several[0].names.union(*(each.names for each in several[1:]))
        starts = {start for each in several for start in each.starts}
        return f'{{"body":{self.new.of(metadata, names, tuple(starts))}{self.tail}'

    def _joined(self, body: str, old: str) -> str:
        return f'{{"type":"{self.type}","body":{body},"oldBody":{old}{self.tail}'

    def follows(self, before: str | None) -> bool:
        """Whether it is an UPDATE of that version in which nothing but entries of `data` changed."""
        old = self.old
        if before is None or self.type != "UPDATE" or old is None or old.version != before:
            return False
        mine, theirs = self.new.value, old.value
        if ("data" in mine) != ("data" in theirs):
            return False
        one, other = mine["metadata"], theirs["metadata"]
        return all(one.get(name) == other.get(name) for name in ("labels", "annotations", "uid"))

    def entries(self) -> list[str]:
        """The names of the entries of `data` that changed."""
        return list(self.new.value.get("data") or ()) if self.old is None else self.new.changed(self.old)
