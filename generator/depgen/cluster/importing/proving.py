"""Holds a draft against the compiler: what that refuses is commented out, in its own words.

No limit of the language is known here a second time. A node that goes takes those that wait for it along, unless it
was only a guess, and the source it was made of still stands.
"""

from __future__ import annotations

from depgen import pipeline
from depgen.cluster.importing.draft import Draft
from depgen.cluster.importing.writing import Written, write
from depgen.diagnostics import Finding, Severity
from depgen.errors import InternalError
from depgen.phrases import quoted

MOST_PARTITIONS = 1024
FILE = "graph.yaml"


def proved(draft: Draft) -> str:
    """The text of the draft, as far as it is right; the draft is changed to that."""
    while True:
        written = write(draft)
        checked = pipeline.check(pipeline.load([pipeline.InputFile(FILE, written.text.encode())]))
        errors = [finding for finding in checked.findings if finding.severity is Severity.ERROR]
        if not errors:
            return written.text
        _correct(draft, written, errors)


def _correct(draft: Draft, written: Written, errors: list[Finding]) -> None:
    refused = {_node_of(written, error): error for error in reversed(errors)}
    whole = refused.pop("", None)
    for id_ in refused.keys() & {node.id for node in draft.nodes.values() if node.asleep}:
        raise _bug(refused[id_])  # it is a comment already
    for id_, error in refused.items():
        if not draft.nodes[id_].asleep:
            _give_up(draft, id_, f"{error.text} [{error.rule}]")
    if not refused and whole:
        if whole.rule not in ("partitions", "ledger-too-large") or draft.partitions >= MOST_PARTITIONS:
            raise _bug(whole)
        draft.partitions *= 2


def _bug(error: Finding) -> InternalError:
    return InternalError(f"an imported graph is refused: {error.text} [{error.rule}]")


def _node_of(written: Written, error: Finding) -> str:
    line = error.position.line
    return written.lines[line - 1] if line <= len(written.lines) else ""


def _give_up(draft: Draft, id_: str, reason: str) -> None:
    node = draft.nodes[id_]
    if node.instead:
        draft.nodes[id_] = node.instead
        node.instead.remarks += [f"low: it could be a run, but: {reason}"]
        return
    for other in list(draft.downstream(id_)):
        _sleep(draft, other.id, f"it waits for {quoted(id_)}, which is commented out")
    node.asleep = reason


def _sleep(draft: Draft, id_: str, reason: str) -> None:
    instead = draft.nodes[id_].instead
    if instead:
        draft.nodes[id_] = instead
    else:
        draft.nodes[id_].asleep = reason
