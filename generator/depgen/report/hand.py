"""What an operator's order wrote, or would write, and what follows from it."""

from __future__ import annotations

import json

from depgen.cluster.hand import Outcome
from depgen.cluster.orders import Order, Verb
from depgen.report.display import visible

VERSION = 1


def text(order: Order, outcome: Outcome, is_dry: bool) -> str:
    """A line for what was written, and one for what follows."""
    write, remove = ("would write", "would remove") if is_dry else ("wrote", "removed")
    lines = []
    for change in outcome.changes:
        new = "" if change.before.version else " (new)"
        for name, entry in change.entries.items():
            what = f"{write} {name} in" if entry is not None else f"{remove} {name} from"
            lines.append(f"{what} ledger {change.before.name}{new}")
    return "".join(f"{visible(line)}\n" for line in (*lines, _effect(order, outcome, is_dry)))


def as_json(order: Order, outcome: Outcome, is_dry: bool) -> str:
    """`{version, verb, node, key, by, why, dryRun, entries, submits}`."""
    report = {
        "version": VERSION,
        "verb": order.verb,
        "node": order.node.id,
        "upstream": order.upstream or None,
        "key": order.key,
        "by": order.by,
        "why": order.why,
        "dryRun": is_dry,
        "entries": [
            {"ledger": change.before.name, "created": not change.before.version, "data": change.entries}
            for change in outcome.changes
        ],
        "submits": list(outcome.submits),
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _effect(order: Order, outcome: Outcome, is_dry: bool) -> str:
    why = f"depgen why {order.node.id} --key {order.key}"
    if outcome.submits:
        return f"the Sensors {'would ' if is_dry else ''}submit {', '.join(outcome.submits)}"
    if outcome.is_shadow:
        return f"in shadow mode nothing is submitted: {why}"
    if order.verb is Verb.HOLD:
        return f"nothing is submitted until: depgen release {order.node.id} --key {order.key}"
    if order.verb is Verb.SKIP:
        return "no run follows from that yet"
    return f"it waits for more: {why}"
