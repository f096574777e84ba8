"""An alert as an HTTP call: a Workflow of one `http` template.

A Sensor could make the call by itself, but nobody would know whether it had: a call has no name that is taken. The
Workflow has one, so it is there once for a key, however often its creation is tried. What the call says is one
parameter, which the decide program fills with JSON text: no value is ever pasted into JSON, and none can be expanded.

Argo's agent makes the call, in a pod that runs as the Workflow's ServiceAccount: it reports through the
WorkflowTaskSet, and reads the Secrets of the headers from the API server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from depgen.model import TRIGGER, Json, Run, Telling

PARAMETER = "body"
# What an alert can tell, as {from: $trigger, field: ...} in a body.
FIELDS = ("graph", "key", "node", "phase", "text", "what", "workflow")
_SECONDS = {"call": 30, "all": 900, "kept": 7 * 86400}
_HEADERS = {"Content-Type": "application/json", "Idempotency-Key": "{{workflow.name}}"}
# Of `defaults: {run: {spec: ...}}`, what says where and as whom a pod runs and how long a Workflow is kept. The rest is
# about the runs' own templates.
_INHERITED = (
    *("affinity", "dnsConfig", "dnsPolicy", "imagePullSecrets", "nodeSelector", "podGC", "podMetadata"),
    *("podPriorityClassName", "schedulerName", "serviceAccountName", "tolerations", "ttlStrategy"),
)


def run(given: str | Mapping[str, Any], defaults: Mapping[str, Any], namespace: str) -> Run:
    """The run of a `webhook`, a URL or a mapping; `defaults` are those of runs in its file."""
    hook: Mapping[str, Any] = {"url": given} if isinstance(given, str) else given
    inherited = defaults.get("spec") or {}
    spec: dict[str, Json] = {
        "activeDeadlineSeconds": _SECONDS["all"],
        "entrypoint": "call",
        "templates": [_template(hook)],
        "ttlStrategy": {"secondsAfterCompletion": _SECONDS["kept"]},
        **{name: inherited[name] for name in _INHERITED if name in inherited},
    }
    if "serviceAccountName" in hook:
        spec["serviceAccountName"] = hook["serviceAccountName"]
    body = json.dumps(hook["body"], sort_keys=True, ensure_ascii=False) if "body" in hook else ""
    return Run(
        kind="workflowSpec",
        name="",
        namespace=hook.get("namespace", defaults.get("namespace", namespace)),
        spec=spec,
        params=((PARAMETER, Telling(body)),),
        labels=_sorted(defaults.get("labels")),
        annotations=_sorted(defaults.get("annotations")),
    )


def is_field(value: object) -> bool:
    """Whether a part of an author's body stands for something that the alert tells."""
    return isinstance(value, dict) and value.get("from") == TRIGGER


def strays(param: Telling) -> Iterator[tuple[str | int, ...]]:
    """Where an author's body has `from` and yet says nothing that can be told."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), json.loads(param.body or "{}"))]
    while waiting:
        steps, value = waiting.pop()
        if isinstance(value, dict) and "from" in value:
            if value.keys() != {"from", "field"} or not is_field(value) or value["field"] not in FIELDS:
                yield steps
        elif isinstance(value, dict | list):
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [((*steps, step), part) for step, part in parts]


def _template(hook: Mapping[str, Any]) -> Json:
    http: dict[str, Json] = {
        "body": f"{{{{workflow.parameters.{PARAMETER}}}}}",
        "headers": _headers(hook.get("headers") or {}),
        "method": hook.get("method", "POST"),
        "timeoutSeconds": _SECONDS["call"],
        "url": hook["url"],
    }
    again: dict[str, Json] = {
        "backoff": {"duration": "10s", "factor": 2, "maxDuration": "10m"},
        "limit": 5,
        "retryPolicy": "Always",
    }
    return {"http": http, "name": "call", "retryStrategy": again}


def _headers(own: Mapping[str, Any]) -> list[Json]:
    """Ours and the author's, who may replace them in any case of letters."""
    named = {name.lower() for name in own}
    headers = {**{name: value for name, value in _HEADERS.items() if name.lower() not in named}, **own}
    return [_header(name, headers[name]) for name in sorted(headers)]


def _header(name: str, value: str | Mapping[str, str]) -> Json:
    if isinstance(value, str):
        return {"name": name, "value": value}
    reference = cast(Json, {"key": value["key"], "name": value["secret"]})
    return {"name": name, "valueFrom": {"secretKeyRef": reference}}


def _sorted(texts: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(texts.items())) if texts else ()
