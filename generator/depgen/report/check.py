"""The answer to a check: a line, JSON, and each value alone for a Workflow's output parameters."""

from __future__ import annotations

import json

from depgen.cluster.checking import Answer, Outcome, as_result
from depgen.report.display import visible

_SAID = {Outcome.SATISFIED: "yes", Outcome.NOT_SATISFIED: "no", Outcome.UNKNOWN: "unknown"}


def line(answer: Answer) -> str:
    """`yes: sales-1795230000 ended Succeeded 5m ago`."""
    return visible(f"{_SAID[answer.outcome]}: {answer.message}")


def text(answer: Answer) -> str:
    """The line as the whole of the output."""
    return f"{line(answer)}\n"


def as_json(answer: Answer) -> str:
    """`{version, satisfied, outcome, reason, message, workflow, phase, finishedAt, age}`."""
    return json.dumps(as_result(answer), indent=2, ensure_ascii=False) + "\n"


def values(answer: Answer) -> dict[str, str]:
    """Each field of the JSON as a plain text: `true`, `7200`, "" for what there is none of."""
    return {
        name: "" if value is None else value if isinstance(value, str) else json.dumps(value)
        for name, value in as_result(answer).items()
        if name != "version"
    }
