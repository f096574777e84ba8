"""What a Workflow's spec becomes as the `run` of a node: its template, its parameters, the rest as it stands.

A parameter with an expression of Argo cannot be written: it was filled in by the CronWorkflow or Sensor. What is lost
so is told of in a remark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from depgen.cluster.importing.reading import text
from depgen.manifests import Object, mapping, mappings
from depgen.naming import RESERVED_LABELS, RESERVED_PREFIXES
from depgen.phrases import quoted

MOST_DEPTH = 40
LONGEST_VALUE = 4096

_PARAMETER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,62}")
_DATE = re.compile(r"scheduledTime|creationTimestamp|sprig\.(date|now)")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


@dataclass
class Run:
    """The `run` of a node. `names` are those of the declared parameters, in order: paths count them."""

    body: dict[str, object]
    params: dict[str, object] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def template(self) -> str:
        """The WorkflowTemplate's name; "" if it has none."""
        return text(self.body.get("workflowTemplate"))

    def written(self) -> dict[str, object]:
        """As in a graph."""
        return {**self.body, "params": self.params} if self.params else self.body


def run_of(spec: Object, labels: Mapping[str, str]) -> Run | None:
    """The run that submits such a Workflow; None if there is nothing to run in it."""
    reference = mapping(spec.get("workflowTemplateRef"))
    name = text(reference.get("name"))
    rest = {key: value for key, value in spec.items() if key not in ("workflowTemplateRef", "arguments")}
    arguments = {key: value for key, value in mapping(spec.get("arguments")).items() if key != "parameters"}
    if arguments:
        rest["arguments"] = arguments
    if name:
        kind = "clusterWorkflowTemplate" if reference.get("clusterScope") is True else "workflowTemplate"
        run = Run({kind: name, **({"spec": rest} if rest else {})})
    elif rest.get("templates"):
        run = Run({"workflowSpec": rest})
    else:
        return None
    if _depth(rest) > MOST_DEPTH:
        return None
    kept = {key: value for key, value in labels.items() if _is_own(key) and _LABEL_VALUE.fullmatch(value)}
    if kept:
        run.body["labels"] = kept
    _parameters(run, mappings(mapping(spec.get("arguments")).get("parameters")))
    return run


def _is_own(label: str) -> bool:
    return not label.startswith(RESERVED_PREFIXES) and label not in RESERVED_LABELS


def _parameters(run: Run, parameters: list[Object]) -> None:
    for one in parameters:
        name, value = text(one.get("name")), one.get("value")
        run.names.append(name)
        if value is not None or one.get("valueFrom"):
            give(run, name, value)


def give(run: Run, name: str, value: object) -> None:
    """Set a parameter to a literal, or remark that it cannot be written."""
    literal = str(value).lower() if isinstance(value, bool) else str(value)
    if not _PARAMETER.fullmatch(name):
        run.remarks.append(f"low: parameter {quoted(name)} is left out: the graph has no such names")
    elif isinstance(value, str | int | float) and "{{" not in literal and len(literal) <= LONGEST_VALUE:
        run.params[name] = literal
    elif _DATE.search(literal):
        run.remarks.append(
            f'medium: parameter {quoted(name)} was {quoted(literal)}: try {name}: {{key: "%Y-%m-%d"}}'
        )
    else:
        run.remarks.append(f"low: parameter {quoted(name)} is left out, it was {quoted(literal)}")


def _depth(value: object) -> int:
    """How deep it is nested."""
    return 1 + max(map(_depth, _inside(value)), default=0)


def _inside(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
