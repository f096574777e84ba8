"""What a sweep found and did: for people, for programs, and as lines of a log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from depgen.cluster.reconcile.counts import Kind, Remaining, Repair, Swept
from depgen.report.display import count, visible

VERSION = 1
# What is counted, and what became of it.
_DONE = {
    Kind.FACT: ("fact", "added"),
    Kind.CLAIM: ("claim", "added"),
    Kind.CLOCK: ("clock fact", "added"),
    Kind.ASKED: ("node", "asked about again"),
    Kind.SKIPPED: ("node", "skipped"),
    Kind.EXPIRED: ("node", "expired"),
    Kind.REJECTED: ("node", "rejected"),
    Kind.INVALID: ("completion", "without a key"),
    Kind.COMPACTED: ("fact", "compacted"),
    Kind.PRUNED: ("ledger", "removed"),
}
_HEADER = ("WHAT", "LEDGER", "NODE", "KEY", "WHY")


def text(passes: Sequence[Swept]) -> str:
    """Per graph a sum, then a table of what was done, then what remains."""
    return "\n".join("".join(f"{line}\n" for line in _graph(swept)) for swept in passes)


def as_json(passes: Sequence[Swept]) -> str:
    """`{version, graphs: [{name, dryRun, counts, repairs, remaining}]}`."""
    return json.dumps({"version": VERSION, "graphs": [_object(swept) for swept in passes]}, indent=2) + "\n"


def log(passes: Sequence[Swept], at: float, as_json: bool) -> str:
    """A line per graph, and one for each thing that was done or remains."""
    lines = []
    for swept in passes:
        lines.append(line(at, "info", _sum(swept), as_json, graph=swept.graph, **_counts(swept)))
        for repair in swept.repairs:
            told = f"{repair.kind} {repair.node} {repair.key}: {repair.why}"
            lines.append(line(at, "info", told, as_json, graph=swept.graph, **repair._asdict()))
        for one in swept.remaining:
            told = f"{one.kind} {one.what}: {one.why}"
            lines.append(line(at, "warning", told, as_json, graph=swept.graph, **one._asdict()))
    return "".join(lines)


def line(at: float, level: str, message: str, as_json: bool, graph: str = "", **fields: Any) -> str:
    """One line: a JSON object with every field, or the time, the level, the graph and the message."""
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if as_json:
        told = {"time": moment, "level": level, "message": message, "graph": graph, **fields}
        return json.dumps({name: value for name, value in told.items() if value not in ("", None)}) + "\n"
    return f"{moment} {level} {f'{graph}: ' if graph else ''}{visible(message)}\n"


def _graph(swept: Swept) -> Iterator[str]:
    yield f"{swept.graph}: {_sum(swept)}"
    if swept.repairs:
        rows = [_HEADER, *(_row(repair) for repair in swept.repairs)]
        widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            yield "  " + "  ".join([*cells, row[-1]])
    for remaining in swept.remaining:
        yield f"  {_remains(remaining)}"


def _row(repair: Repair) -> tuple[str, ...]:
    return (repair.kind.value, repair.ledger, repair.node or "-", repair.key or "-", visible(repair.why))


def _remains(remaining: Remaining) -> str:
    return f"remains: {remaining.kind} {remaining.what}: {visible(remaining.why)}"


def _sum(swept: Swept) -> str:
    found = [
        count(swept.objects, "object"),
        count(swept.ledgers, "ledger"),
        f"{swept.present} of {count(swept.expected, 'fact')} present",
    ]
    found += [f"{count(swept.late, 'fact')} of keys that are over"] if swept.late else []
    found += [f"{count(swept.missed, 'cron run')} missed"] if swept.missed else []
    done = [
        f"{count(number, _DONE[kind][0])} {_DONE[kind][1]}" for kind in Kind if (number := swept.done[kind])
    ]
    left = [f"{number} {kind}" for kind, number in sorted(swept.left.items())]
    did = ("would be: " if swept.is_dry and done else "") + (", ".join(done) or "nothing to repair")
    return "; ".join([", ".join(found), did, *([f"remains: {', '.join(left)}"] if left else [])])


def _counts(swept: Swept) -> dict[str, Any]:
    return {
        "objects": swept.objects,
        "ledgers": swept.ledgers,
        "expected": swept.expected,
        "present": swept.present,
        "late": swept.late,
        "missed": swept.missed,
        "seconds": round(swept.seconds, 3),
        **{kind.value: swept.done[kind] for kind in Kind},
        **{kind: swept.left[kind] for kind in ("stale", "unmappable")},
    }


def _object(swept: Swept) -> dict[str, Any]:
    return {
        "name": swept.graph,
        "dryRun": swept.is_dry,
        "counts": _counts(swept),
        "repairs": [repair._asdict() for repair in swept.repairs],
        "remaining": [remaining._asdict() for remaining in swept.remaining],
    }
