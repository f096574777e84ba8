"""A template's `dependencyChecker` as a question, and how long to wait for its answer.

What a newcomer gets wrong: parameters are filled in as text, so a number may come as "7200", and one that Argo could
not fill in as "{{...}}".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from depgen.cluster.checking import Question, parse_question, parse_seconds, parse_target
from depgen.errors import InputError
from depgen.plugin.request import FORM
from depgen.structure import mistakes

SCHEMA = "plugin.schema.json"
INTERVAL = "30s"
LEAST_INTERVAL = 1.0


class Asked(NamedTuple):
    """`wait` is how long to ask again while it can still become so, every `interval`; both in seconds."""

    question: Question
    wait: float
    interval: float


def asked(form: Any, namespace: str) -> Asked:
    """What a template asks of the namespace of its Workflow; InputError with all that is wrong with it."""
    if found := mistakes(form, SCHEMA, (FORM,)):
        raise InputError("; ".join(f"{m.message} ({m.hint})" if m.hint else m.message for m in found))
    texts = {name: str(value) for name, value in form.items()}
    target = f"node/{_node(texts)}" if "node" in texts else texts["targetWorkflow"]
    question = parse_question(
        parse_target(target, namespace),
        status=texts.get("status", ""),
        within=texts.get("timeWindow", ""),
        window=texts.get("window", ""),
        key=texts.get("key", ""),
        zone=texts.get("timezone", ""),
    )
    interval = parse_seconds(texts.get("interval", INTERVAL))
    return Asked(question, parse_seconds(texts.get("wait", "0")), max(interval, LEAST_INTERVAL))


def _node(texts: Mapping[str, str]) -> str:
    node, graph = texts["node"], texts.get("graph")
    if graph is None and "/" not in node:
        raise InputError(f"{FORM}.node names no graph (write node: GRAPH/{node}, or graph: GRAPH beside it)")
    if graph is None:
        return node
    if "/" in node and node.partition("/")[0] != graph:
        raise InputError(f"{FORM}.node is of another graph than {FORM}.graph")
    return f"{graph}/{node.rpartition('/')[2]}"
