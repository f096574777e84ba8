"""From bytes to data that knows its lines: `load` is total, and a bad file is a list of findings.

The events of PyYAML's C parser become data here, not its nodes. So nothing of YAML 1.1 (its scalars, merge
keys, aliases) ever comes into being, nesting is counted before it costs anything, and no tree is kept.
Measured on 10,000 nodes with 26,000 edges, garbage collection off: composing nodes takes 0.45 s before a
value is made, the events 0.2 s; data and all, `load` takes 0.31 s and 24 MiB, CSafeLoader 2.6 s and 120 MiB.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from yaml import (
    AliasEvent,
    CBaseLoader,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    YAMLError,
)

from depgen.diagnostics import Diagnostic, Position, Quoting
from depgen.document import Data, Document, value_entries
from depgen.filetext import FileText
from depgen.scalars import CONSTANTS, Refusal, Scalar, quoted_hint, read_plain, shown
from depgen.yaml_syntax import syntax_finding

MAX_BYTES = 16 * 2**20
MAX_DEPTH = 64
# More would only tell that the file is junk, and cost gigabytes if it is 16 MiB of it.
MAX_FINDINGS = 10_000
# libyaml compares each %TAG directive with all before it: 16 MiB of them would take an hour.
_MAX_DIRECTIVES = 100

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_FINDINGS", "Data", "Document", "load"]

_WRITTEN_OUT = 'write the text out, or put what nodes share under "defaults:"'


def load(path: str, raw: bytes) -> tuple[Document | None, list[Diagnostic]]:
    """The document in `raw`, unless a part of its data is missing, and every finding, by position.

    `path` is for display only. So that the later stages can go on, a refused scalar stays the text it was
    written as, and of a repeated key the first value counts.
    """
    text = FileText(path, raw)
    if len(raw) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 2**20} MiB"
        hint = "split the graph into several files"
        return None, [Diagnostic(Position(path, 1, 1), "too-large", message, hint)]
    findings, is_text = text.encoding_findings()
    if not is_text:
        return None, findings
    if text.characters.count("\n%") > _MAX_DIRECTIVES:
        message = f'more than {_MAX_DIRECTIVES} lines begin with "%", which is for YAML directives'
        findings.append(Diagnostic(Position(path, 1, 1), "yaml-syntax", message, "indent or quote them"))
        return None, findings
    builder = _Builder(text, findings)
    data = builder.build()
    findings.sort(key=attrgetter("where"))
    return Document(text, data, builder.marks) if builder.is_whole else None, findings


class _GiveUpError(Exception):
    """Ends the building of a document whose nesting, or whose findings, may have no end."""


class _Builder:
    """Makes data of a file's YAML events, and marks and findings beside it.

    The methods are few and long-lined on purpose: each runs for all 300,000 events of a large graph.
    """

    def __init__(self, text: FileText, findings: list[Diagnostic]) -> None:
        self.marks = array("I")
        self.is_whole = True
        self._text = text
        self._findings = findings
        self._known = dict(CONSTANTS)
        self._mark = self.marks.append
        # Of this loader only the parser is used. Any: its types call marks optional, but it sets them all.
        self._next: Callable[[], Any] = CBaseLoader(text.characters).get_event

    def build(self) -> Data:
        """The data of the first document; the others are read for their findings only."""
        try:
            return self._documents()
        except YAMLError as error:
            self._findings.append(syntax_finding(self._text, error))
        except _GiveUpError:
            pass
        self.is_whole = False
        return None

    def _documents(self) -> Data:
        next_event = self._next
        next_event()  # the stream's start
        starts: list[int] = []
        first: Data = None
        while type(event := next_event()) is DocumentStartEvent:
            starts.append(_index(event))
            if len(starts) == 2:
                self._refuse_second(*starts)
            length = len(self.marks)
            data = self._value(next_event(), 0)
            next_event()  # the document's end
            if len(starts) == 1:
                first = data
            else:
                del self.marks[length:]
        return first

    def _value(self, event: Any, depth: int) -> Data:
        """The data of the node that begins with `event`, whose parents are `depth` in number."""
        kind = type(event)
        if kind is ScalarEvent:
            self._mark(event.start_mark.index)
            text: str = event.value
            is_plain = event.implicit[0]  # neither quoted nor tagged
            if event.anchor is not None or (not is_plain and event.tag is not None):
                self._refuse_properties(event)
            if not is_plain:
                return text
            try:
                return self._known[text]
            except KeyError:
                return self._plain(event, text)
        if kind is AliasEvent:
            self._refuse_alias(event)
            return None
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        if depth == MAX_DEPTH:
            self._refuse(_index(event), "too-deep", f"this is nested more than {MAX_DEPTH} levels deep")
            raise _GiveUpError
        return (self._mapping if kind is MappingStartEvent else self._sequence)(event, depth + 1)

    def _sequence(self, start: Any, depth: int) -> list[Data]:
        next_event, value = self._next, self._value
        entry = self._open(start)
        items = []
        while type(event := next_event()) is not SequenceEndEvent:
            items.append(value(event, depth))
        self.marks[entry + 1] = len(self.marks)
        return items

    def _mapping(self, start: Any, depth: int) -> dict[str, Data]:
        next_event, value, marks = self._next, self._value, self.marks
        entry = self._open(start)
        pairs: dict[str, Data] = {}
        repeated: list[tuple[str, int]] = []
        while type(event := next_event()) is not MappingEndEvent:
            key_entry = len(marks)
            key = value(event, depth)
            if type(key) is not str:
                key = self._refuse_key(event, key, key_entry)
            data = value(next_event(), depth)
            if key in pairs:
                repeated.append((key, marks[key_entry]))
                del marks[key_entry:]
            else:
                pairs[key] = data
        if repeated:
            self._refuse_repeated(pairs, entry, repeated)
        marks[entry + 1] = len(marks)
        return pairs

    def _open(self, start: Any) -> int:
        """The entry of a list or map that begins; its end is filled in later."""
        entry = len(self.marks)
        self.marks.extend((_index(start), 0))
        return entry

    def _plain(self, event: Any, text: str) -> Scalar:
        """The value of a plain scalar that is seen for the first time."""
        index = _index(event)
        if text == "<<":
            self._refuse(index, "yaml-merge-key", 'the merge key "<<" is not allowed', _WRITTEN_OUT)
            self.is_whole = False
            return text
        value = read_plain(text)
        if isinstance(value, Refusal):
            self._refuse(index, value.rule, value.message, value.hint, is_text=value.is_text)
            return text
        self._known[text] = value
        return value

    def _refuse_second(self, first: int, second: int) -> None:
        message = "a file holds one document, and a second one begins here"
        related = (first, "the first one begins here")
        self._refuse(second, "several-documents", message, "put it in a file of its own", related)

    def _refuse_alias(self, event: Any) -> None:
        index = _index(event)
        self._mark(index)
        self.is_whole = False
        self._refuse(index, "yaml-alias", f'the alias "*{shown(event.anchor)}" is not allowed', _WRITTEN_OUT)

    def _refuse_properties(self, event: Any) -> None:
        index = _index(event)
        if event.anchor is not None:
            self._refuse(
                index, "yaml-alias", f'the anchor "&{shown(event.anchor)}" is not allowed', _WRITTEN_OUT
            )
        if event.tag is not None:
            tag = shown(event.tag.replace("tag:yaml.org,2002:", "!!"))
            hint = "remove it; quote the value if it is text"
            self._refuse(index, "yaml-tag", f'the tag "{tag}" is not allowed', hint)

    def _refuse_key(self, event: Any, key: Data, entry: int) -> str:
        """A text to go on with in place of a key that is not text."""
        index = _index(event)
        if isinstance(key, dict | list):
            del self.marks[entry + 1 :]
            self.is_whole = False
            kind, bracket = ("a map", "{") if isinstance(key, dict) else ("a list", "[")
            hint = f'quote text that begins with "{bracket}"'
            self._refuse(index, "key-type", f"a key must be text, and this one is {kind}", hint)
            return f"<key at {index}>"
        if type(event) is AliasEvent:
            return f"<key at {index}>"
        text: str = event.value
        kind = "null" if key is None else "a boolean" if isinstance(key, bool) else "a number"
        if text:
            message = f"a key must be text, and {text} is {kind}"
            self._refuse(index, "key-type", message, quoted_hint(text), is_text=key is not None)
        else:
            self._refuse(
                index, "key-type", "a key must be text, and this one is empty", 'write one before the ":"'
            )
        return text

    def _refuse_repeated(self, pairs: dict[str, Data], entry: int, repeated: list[tuple[str, int]]) -> None:
        entries = value_entries(pairs, self.marks, entry)
        for key, index in repeated:
            first = self.marks[entries[key][0] - 1]  # its key stands before the value
            message = f'the key "{shown(key)}" is repeated'
            hint = "remove or rename one of the two"
            self._refuse(index, "duplicate-key", message, hint, (first, "it is here first"))

    def _refuse(
        self,
        index: int,
        rule: str,
        message: str,
        hint: str | None = None,
        related: tuple[int, str] | None = None,
        is_text: bool = False,
    ) -> None:
        """A finding at `index`; quotes would fix it if the scalar there is meant as text."""
        if len(self._findings) >= MAX_FINDINGS:
            raise _GiveUpError
        position = self._text.position
        spots = ((position(related[0]), related[1]),) if related else ()
        fix = Quoting() if is_text else None
        self._findings.append(Diagnostic(position(index), rule, message, hint, related=spots, fix=fix))


def _index(event: Any) -> int:
    index: int = event.start_mark.index
    return index
