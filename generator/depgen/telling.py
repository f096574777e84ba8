"""jq text: what the call of a webhook says, as JSON text.

The text is made in one piece by `tojson`, so a value can be nothing but a string in it. It then passes through a
Workflow parameter, where two opening braces would begin an expression of Argo's: within JSON text they can only stand
in a string, where the second is as good written as an escape.
"""

from __future__ import annotations

import json

from depgen.model import Json, Telling
from depgen.plan import Alert
from depgen.programs import quoted
from depgen.webhooks import is_field

_TEXTS = {
    "missed": "\\(edge0.node) of graph {graph} has not succeeded by its deadline (key \\($key))",
    "late": "\\(edge0.node) of graph {graph} was not submitted by its startBy (key \\($key))",
    "failed": "\\(edge0.workflow) ended \\(edge0.phase) (node \\(edge0.node) of graph {graph}, key \\($key))",
}


def telling(param: Telling, alert: Alert, graph: str) -> str:
    """jq: the ledger's data to the JSON text of a body, where `edge0` is what the alert is about."""
    fields = {
        "graph": quoted(graph),
        "key": "$key",
        "text": f'"{_TEXTS[alert.kind].format(graph=graph)}"',
        "what": quoted(alert.kind),
        **{name: f"edge0.{name}" for name in ("node", "phase", "workflow")},
    }
    body = _value(json.loads(param.body), fields) if param.body else _object(fields)
    return f'({body} | tojson | gsub("[{{]{{2}}"; "{{\\\\u007b"))'


def _value(value: Json, fields: dict[str, str]) -> str:
    if isinstance(value, dict):
        if is_field(value):
            return fields[str(value["field"])]
        return _object({name: _value(part, fields) for name, part in value.items()})
    if isinstance(value, list):
        return f"[{', '.join(_value(part, fields) for part in value)}]"
    return quoted(value)


def _object(fields: dict[str, str]) -> str:
    """Its names sorted, as gojq writes them; libjq keeps the order in which they were made."""
    return f"{{{', '.join(f'{quoted(name)}: {fields[name]}' for name in sorted(fields))}}}"
