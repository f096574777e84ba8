"""What Argo's agent is answered, as JSON.

Source: argo-workflows v3.7.14, pkg/plugins/executor and NodeResult. What a newcomer gets wrong: `{}` says that the
template is another plugin's; 404 says that nobody need ask again in this Workflow, and then nobody does. And "Pending"
must not be said of a node that is: what is reported of a node, the controller writes into it each time it looks, also
after it has ended it, so neither the template's `timeout` nor `activeDeadlineSeconds` would ever end it.
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
    """The node stays as it is, and the agent asks again. The message is for its log: a phase would be reported."""
    return {"node": {"message": message}, "requeue": f"{seconds:g}s"}


def _node(
    phase: Literal["Succeeded", "Failed", "Error"],
    message: str,
    outputs: dict[str, Any] | None = None,
) -> Reply:
    return {"node": {"phase": phase, "message": message, **({"outputs": outputs} if outputs else {})}}
