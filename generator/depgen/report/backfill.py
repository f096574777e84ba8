"""What a backfill would do, does, or did: a line for each key."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from depgen.cluster.backfill import Step
from depgen.report.display import count, visible

VERSION = 1
_ORDER = ("fires", "running", "waits")


def text(graph: str, steps: list[Step], is_dry: bool) -> str:
    """A line for each key, and the totals."""
    by_key: dict[str, list[Step]] = {}
    for step in steps:
        by_key.setdefault(step.key, []).append(step)
    width = max(map(len, by_key), default=0)
    lines = [f"{key:<{width}}  {'; '.join(_phrases(of, is_dry))}" for key, of in sorted(by_key.items())]
    return "".join(f"{visible(line)}\n" for line in [*lines, totals(graph, steps, is_dry)])


def totals(graph: str, steps: Iterable[Step], is_dry: bool = False) -> str:
    """`etl: 60 runs in 30 keys: 58 Succeeded, 2 waiting`."""
    steps = list(steps)
    states = Counter(step.state for step in steps)
    ordered = sorted(states, key=lambda state: (state in _ORDER, state))
    words = {"fires": "would fire" if is_dry else "firing", "waits": "waiting"}
    told = ", ".join(f"{states[state]} {words.get(state, state)}" for state in ordered)
    keys = len({step.key for step in steps})
    return f"{graph}: {count(len(steps), 'run')} in {count(keys, 'key')}: {told or 'nothing to do'}"


def as_json(graph: str, steps: Iterable[Step], is_dry: bool) -> str:
    """`{version, graph, dryRun, steps: [{node, key, state, waitsFor}]}`."""
    found = [
        {"node": step.node, "key": step.key, "state": step.state, "waitsFor": list(step.waits_for)}
        for step in steps
    ]
    report = {"version": VERSION, "graph": graph, "dryRun": is_dry, "steps": found}
    return json.dumps(report, indent=2) + "\n"


def _phrases(steps: list[Step], is_dry: bool) -> list[str]:
    found = []
    for step in steps:
        if step.state == "waits":
            found.append(f"{step.node} waits for {', '.join(step.waits_for) or 'more'}")
        elif step.state == "fires":
            found.append(f"{step.node} {'would fire' if is_dry else 'fires'}")
        else:
            found.append(f"{step.node} {step.state}")
    return found
