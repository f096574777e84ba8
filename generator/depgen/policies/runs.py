"""Who starts and who completes the Workflows that a graph reads.

The Workflow resource has no status subresource: whoever may create one may create one that has ended. So a completion
is taken from the Workflows controller only, and a Workflow that has ended stays as it is, its labels too: with other
labels it would be another run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from depgen import naming
from depgen.plan import Event, Plan
from depgen.policies import cel, submissions
from depgen.policies.policy import (
    KEY,
    Condition,
    Frame,
    Policy,
    Validation,
    Variable,
    comes_from,
    label_of,
    packed,
)

_COMPLETED = "workflows.argoproj.io/completed"
_ENDED = ["Succeeded", "Failed", "Error"]
_IDENTITY = (naming.LABEL_GRAPH, naming.LABEL_NODE, naming.LABEL_KEY, naming.LABEL_PARTITION)

Selector = tuple[str, str, str]


def policy(frame: Frame, plan: Plan) -> Policy:
    """For everybody but the controller."""
    watched = sorted(set(_watched(plan.events)))
    targets = submissions.namespaces(plan)
    boxes = packed(list(map(_matches, watched)), lambda test: len(test) + 6)
    watches = [
        Variable(f"watched{number}", f"[object, oldObject].exists(o, o != null && {cel.any_of(box)})")
        for number, box in enumerate(boxes)
    ]
    return Policy(
        frame.name("runs"),
        "argoproj.io",
        "workflows",
        ("CREATE", "UPDATE"),
        tuple(sorted({namespace for namespace, _ in watched} | set(targets))),
        (Condition("not-the-controller", f"!{comes_from(frame.trusted.controllers)}"),),
        (
            *watches,
            Variable("isWatched", cel.any_of(f"variables.{watch.name}" for watch in watches)),
            Variable("isNew", "request.operation == 'CREATE'"),
            Variable("before", "variables.isNew ? dyn({'metadata': {}, 'spec': {}}) : dyn(oldObject)"),
            Variable("isRun", _is_run(frame.graph, targets)),
            Variable("isEnded", _is_ended("object")),
            Variable("wasEnded", _is_ended("variables.before")),
            Variable("isOperator", comes_from(frame.trusted.operators)),
            Variable("isSubmitter", comes_from([frame.account("submit")])),
        ),
        tuple(_validations(frame.graph)),
    )


def _validations(graph: str) -> Iterator[Validation]:
    waits = f"graph {graph} waits for such Workflows:"
    yield Validation(
        f"only the submit account of graph {graph} and operators may start a run of that graph, or change whose run it is",
        "!variables.isRun || variables.isOperator || variables.isSubmitter || (!variables.isNew && "
        + cel.all_of(f"{label_of('object', n)} == {label_of('variables.before', n)}" for n in _IDENTITY)
        + ")",
    )
    yield Validation(
        f"{waits} only the Workflows controller may create one that has ended or has a status",
        "!variables.isWatched || !variables.isNew || (!variables.isEnded"
        " && object.?status.orValue({}).all(field, object.status[field] == null))",
    )
    yield Validation(
        f"{waits} only the Workflows controller may end one, or change the status of one that has ended",
        "!variables.isWatched || variables.isNew || !variables.isEnded"
        " || (variables.wasEnded && object.?status.orValue({}) == variables.before.?status.orValue({}))",
    )
    yield Validation(
        f"{waits} only operators may change the labels, annotations or spec of one that has ended",
        "!variables.isWatched || variables.isNew || !variables.isEnded || variables.isOperator"
        " || (object.spec == variables.before.spec"
        " && object.metadata.?labels.orValue({}) == variables.before.metadata.?labels.orValue({})"
        " && object.metadata.?annotations.orValue({}) == variables.before.metadata.?annotations.orValue({}))",
    )


def _is_run(graph: str, targets: Sequence[str]) -> str:
    """By its label, or by a name that would keep the graph from creating the run."""
    return cel.all_of(
        [
            f"request.namespace in {cel.literal(list(targets))}",
            cel.any_of(
                [
                    f"{label_of('object', naming.LABEL_GRAPH)} == {cel.literal(graph)}",
                    f"{label_of('variables.before', naming.LABEL_GRAPH)} == {cel.literal(graph)}",
                    f"object.metadata.?name.orValue('').matches('^{graph}-[a-z0-9-]+-{KEY}$')",
                ]
            ),
        ]
    )


def _is_ended(what: str) -> str:
    phase = f"{what}.?status.?phase.orValue('') in {cel.literal(_ENDED)}"
    return cel.any_of([f"{label_of(what, _COMPLETED)} == 'true'", phase])


# ---- what is watched ----


def _watched(events: Iterable[Event]) -> Iterator[tuple[str, tuple[Selector, ...]]]:
    """(namespace, selectors) of the Workflows that the EventSources look for, whether they have ended or not."""
    for event in events:
        if event.resource == "workflows":
            yield event.namespace, tuple(s for s in event.selectors if s[0] != _COMPLETED)


def _matches(watched: tuple[str, tuple[Selector, ...]]) -> str:
    namespace, selectors = watched
    return cel.all_of([f"request.namespace == {cel.literal(namespace)}", *map(_selects, selectors)])


def _selects(selector: Selector) -> str:
    """As a label selector reads it: `!=` holds where there is no such label."""
    label, operation, value = selector
    if operation == "in":
        return f"{label_of('o', label)} in {cel.literal(value.split(','))}"
    assert operation in ("==", "!="), operation
    return f"{label_of('o', label)} {operation} {cel.literal(value)}"
