"""What Argo's agent is answered, as JSON.

Source: argo-workflows v3.7.14, pkg/plugins/executor and NodeResult. What a newcomer gets wrong: `{}` says that the
template is another plugin's; 404 says that nobody need ask again in this Workflow, and then nobody does.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from depgen.cluster.checking import Answer, as_result

Reply = dict[str, Any]

NOT_OURS: Reply = {}
# Of the result, what a later step most often wants by itself.
_PARAMETERS = ("workflow", "phase", "finishedAt", "reason")


def done(answer: Answer) -> Reply:
    """The node ends: it succeeded if the answer is yes, and failed if not."""
    result = as_result(answer)
    text = json.dumps(result, separators=(",", ":"))
    parameters = [
        {"name": "result", "value": text},
        *({"name": name, "value": result[name]} for name in _PARAMETERS),
    ]
    return _node(
        "Succeeded" if answer.is_satisfied else "Failed",
        f"{answer.message} ({answer.reason})",
        {"parameters": parameters, "result": text},
    )


def refused(message: str) -> Reply:
    """The node ends in an error: it could not be told."""
    return _node("Error", message)


def later(message: str, seconds: float) -> Reply:
    """The node waits, and the agent asks again."""
    return {**_node("Pending", message), "requeue": f"{seconds:g}s"}


def _node(
    phase: Literal["Succeeded", "Failed", "Error", "Pending"],
    message: str,
    outputs: dict[str, Any] | None = None,
) -> Reply:
    return {"node": {"phase": phase, "message": message, **({"outputs": outputs} if outputs else {})}}
