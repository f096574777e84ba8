"""Which Workflows a dependency of a Sensor is about: the labels, names and phases its event and filters ask for.

An EventSource selects with labels, a Sensor with paths into the event. What either asks for beyond a CronWorkflow, a
template, labels, a name or a phase is told of in a remark, for it is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from depgen.cluster.importing.reading import text
from depgen.manifests import Object, mapping, mappings
from depgen.phrases import quoted

PHASES = frozenset({"Succeeded", "Failed", "Error"})
ARGO = "workflows.argoproj.io/"

_LABEL = re.compile(r"metadata\.labels\.(.+)")
_PLAIN = re.compile(r"\^?([A-Za-z0-9_.-]+)(\$?|\.\*\$?|-\.[*+]\$?|-)")
_COMPARISON = re.compile(r"""\s*(\w+)\s*==\s*["']([A-Za-z0-9_.-]+)["']\s*""")


@dataclass
class Selection:
    """`labels` by name with the values that match; `prefix` of the Workflow's name; `template` that it refers to.

    `phases` is None if none is asked for, and `is_completed` whether only those that have ended match.
    """

    namespace: str
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    prefix: str = ""
    template: str = ""
    phases: frozenset[str] | None = None
    is_completed: bool = False
    remarks: list[str] = field(default_factory=list)

    def narrow(self, phases: frozenset[str]) -> None:
        """Only these phases match, of those that did."""
        self.phases = phases if self.phases is None else self.phases & phases

    def lose(self, what: str) -> None:
        """Remark that a condition is not carried over."""
        self.remarks.append(f"low: the Sensor also asks for {what}, which is not carried over")


def selection(event: Object, filters: Object) -> Selection:
    """What a resource event of an EventSource, and then the filters of a dependency, select."""
    found = Selection(text(event.get("namespace")))
    conditions = mapping(event.get("filter"))
    for label in mappings(conditions.get("labels")):
        _label(found, text(label.get("key")), text(label.get("operation")) or "==", text(label.get("value")))
    found.prefix = text(conditions.get("prefix")).rstrip("-")
    if conditions.get("fields"):
        found.lose("fields of the Workflow")
    for one in mappings(filters.get("data")):
        _data(found, one)
    for one in mappings(filters.get("exprs")):
        _expression(found, one)
    for name, words in (
        ("script", "a script"),
        ("time", "a time of day (see window)"),
        ("context", "a context"),
    ):
        if filters.get(name):
            found.lose(words)
    return found


def _label(found: Selection, key: str, operation: str, value: str) -> None:
    values = tuple(filter(None, (one.strip() for one in value.split(","))))
    is_equal = operation in ("==", "=", "in")
    if key == f"{ARGO}completed" and is_equal:
        found.is_completed = "true" in values
    elif key == f"{ARGO}phase" and (is_equal or operation in ("!=", "notin")):
        found.narrow(PHASES & set(values) if is_equal else PHASES - set(values))
    elif is_equal and values:
        found.labels[key] = values
    elif key:
        found.lose(f"label {quoted(key)} {quoted(operation)} {quoted(value)}")


def _data(found: Selection, one: Object) -> None:
    """A filter on a path into the event; its values are regular expressions without anchors."""
    path, values = text(one.get("path")).removeprefix("body."), one.get("value")
    given = [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
    plain = [match for value in given for part in value.split("|") if (match := _PLAIN.fullmatch(part))]
    comparator = text(one.get("comparator")) or "="
    if len(plain) < len([part for value in given for part in value.split("|")]) or not plain:
        found.lose(f"{quoted(path)} {quoted(comparator)} {quoted(', '.join(given))}")
        return
    _asked(found, path, comparator, [match[1] for match in plain])


def _expression(found: Selection, one: Object) -> None:
    """An expression over named paths, if it compares one of them with texts."""
    paths = {text(each.get("name")): text(each.get("path")) for each in mappings(one.get("fields"))}
    parts = [_COMPARISON.fullmatch(part) for part in text(one.get("expr")).split("||")]
    names = {match[1] for match in parts if match}
    path = paths.get(next(iter(names), ""), "")
    if None in parts or len(names) != 1 or not path:
        found.lose(quoted(text(one.get("expr"))))
        return
    _asked(found, path.removeprefix("body."), "=", [m[2] for m in parts if m])


def _asked(found: Selection, path: str, comparator: str, values: list[str]) -> None:
    label = _LABEL.fullmatch(path)
    if path == "status.phase" or (label and _unescaped(label[1]) == f"{ARGO}phase"):
        found.narrow(PHASES & set(values) if comparator == "=" else PHASES - set(values))
    elif comparator != "=":
        found.lose(f"{quoted(path)} {quoted(comparator)} {quoted(', '.join(values))}")
    elif label:
        _label(found, _unescaped(label[1]), "in", ",".join(values))
    elif path == "spec.workflowTemplateRef.name" and len(values) == 1:
        found.template = values[0]
    elif path in ("metadata.name", "metadata.generateName") and len(values) == 1:
        found.prefix = values[0].rstrip("-")
    elif path != "type":
        found.lose(f"{quoted(path)} of {quoted(', '.join(values))}")


def _unescaped(key: str) -> str:
    return key.replace("\\", "")


def status_remarks(found: Selection) -> Iterator[str]:
    """What there is to say about the phases of the edges that come of it."""
    if found.phases is None and found.is_completed:
        yield 'medium: the Sensor does not look at the phase; write "status: success" if only that is meant'
    elif found.phases is None:
        yield "low: the Sensor does not wait for the end of the Workflow; the graph does, and for its success"
    elif not found.phases:
        yield "low: the Sensor asks for a phase in which no Workflow ends; the graph waits for success"
