"""What the submit account may create: the Workflows of the graph's triggers, as those set them, and nothing else.

RBAC lets it create any Workflow, and a Workflow is nearly any pod as any ServiceAccount of its namespace.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from depgen import naming
from depgen.plan import Plan
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
from depgen.policies.submissions import Shape

# A Sensor adds these to what it creates.
_SENSOR_LABELS = [f"events.argoproj.io/{name}" for name in ("action-timestamp", "sensor", "trigger")]
_OWN_LABELS = [naming.LABEL_GRAPH, naming.LABEL_NODE, naming.LABEL_KEY]

# The API server takes a second for some thousand literals, so names stand together in one text where they can: `nodes`
# of a shape is " node:template node:template ". What a label may hold has neither blanks nor colons.
_KNOWN = "shape.nodes.contains(' ' + variables.node + ':')"
_TEMPLATE = (
    "variables.allowed.all(shape, request.namespace == shape.?namespace.orValue(variables.home)"
    " && shape.nodes.contains(' ' + variables.node + ':' + variables.template + ' ')"
    " && !variables.template.contains(' ')"
    " && variables.reference.?clusterScope.orValue(false) == shape.?clusterScope.orValue(false)"
    " && variables.reference.all(field, field in ['name', 'clusterScope']))"
)
_SPEC = (
    "variables.allowed.all(shape, object.spec.all(field, field in ['arguments', 'workflowTemplateRef']"
    " || (field == 'synchronization' && has(shape.isQueued))"
    " || object.spec[field] == shape.?spec[?field].orValue(null))"
    " && shape.?spec.orValue({}).all(field, field in object.spec))"
)
# The last mutex is the node's; what stands beside and before it is the author's.
_QUEUE = (
    "variables.allowed.all(shape, !has(shape.isQueued) || (has(object.spec.synchronization)"
    " && object.spec.synchronization.?mutexes.orValue([])"
    " == shape.?mutexes.orValue([]) + dyn([{'name': variables.mutex}])"
    " && object.spec.synchronization.all(field, field == 'mutexes'"
    " || object.spec.synchronization[field] == shape.?synchronization[?field].orValue(null))"
    " && shape.?synchronization.orValue({}).all(field, field in object.spec.synchronization)))"
)
# What comes from an event is a string, and nothing beside it (`valueFrom`, say).
_ARGUMENTS = (
    "variables.allowed.all(shape, variables.parameters.map(p, p.name).join(',') == shape.?parameters.orValue('')"
    " && variables.parameters.all(p,"
    " p.name in shape.?values.orValue({}) ? p == {'name': p.name, 'value': shape.values[p.name]}"
    " : shape.?others.orValue([]).exists(q, q.name == p.name) ? shape.others.exists(q, q == p)"
    " : p.size() == 2 && type(p.?value.orValue(null)) == string && !p.value.contains('{{'))"
    " && variables.arguments.all(field, field == 'parameters'"
    " || variables.arguments[field] == shape.?arguments[?field].orValue(null))"
    " && shape.?arguments.orValue({}).all(field, field in variables.arguments))"
)


def policies(frame: Frame, plan: Plan) -> list[Policy]:
    """One, or none if the graph submits nothing."""
    shapes = submissions.shapes(plan)
    if not shapes:
        return []
    lists = [Variable(f"shapes{number}", text) for number, text in enumerate(_lists(shapes))]
    all_lists = " + ".join(f"variables.{part.name}" for part in lists)
    return [
        Policy(
            frame.name("submit"),
            "argoproj.io",
            "workflows",
            ("CREATE", "UPDATE", "DELETE"),
            (),
            (Condition("submit-account", comes_from([frame.account("submit")])),),
            (
                Variable("labels", "object.metadata.?labels.orValue({})"),
                Variable("node", label_of("object", naming.LABEL_NODE)),
                Variable("key", label_of("object", naming.LABEL_KEY)),
                Variable("annotations", "object.metadata.?annotations.orValue({})"),
                Variable("arguments", "object.spec.?arguments.orValue({})"),
                Variable("parameters", "variables.arguments.?parameters.orValue([])"),
                Variable("reference", "object.spec.?workflowTemplateRef.orValue({})"),
                Variable("template", "variables.reference.?name.orValue('')"),
                Variable("mutex", _mutex(frame.graph)),
                Variable("home", cel.literal(frame.namespace)),
                *lists,
                Variable("allowed", f"({all_lists}).filter(shape, {_KNOWN})"),
            ),
            tuple(_validations(frame.graph, submissions.annotation_names(plan))),
        )
    ]


def _validations(graph: str, noted: list[str]) -> Iterator[Validation]:
    who = f"the submit account of graph {graph}"
    yield Validation(f"{who} may do nothing but create Workflows", "request.operation == 'CREATE'")
    yield Validation(
        f"{who} may only create runs of that graph, as told by the labels depgen.io/graph and depgen.io/node",
        f"{label_of('object', naming.LABEL_GRAPH)} == {cel.literal(graph)} && variables.allowed.size() == 1",
    )
    yield Validation(
        f"{who} has to name a Workflow {graph}-NODE-KEY, with the node and the key of its labels",
        f"object.metadata.name == {cel.literal(naming.component(graph, ''))} + variables.node + '-' + variables.key"
        f" && variables.key.matches('^{KEY}$')",
    )
    yield Validation(f"{who} has to use the namespace and the template that the graph says", _TEMPLATE)
    yield Validation(f"{who} has to set in spec what the graph sets, and nothing else", _SPEC)
    yield Validation(f"{who} has to queue runs by the mutex of their node, or of its rerun", _QUEUE)
    yield Validation(
        f"{who} has to give the arguments that the graph gives, as strings without {{{{, which Argo would expand",
        _ARGUMENTS,
    )
    yield Validation(
        f"{who} has to set the labels that the graph sets, and no other annotations, owners or finalizers",
        f"variables.allowed.all(shape, variables.labels.all(name, name in {cel.literal([*_OWN_LABELS, *_SENSOR_LABELS])}"
        " || variables.labels[name] == shape.?labels[?name].orValue(null))"
        " && shape.?labels.orValue({}).all(name, name in variables.labels))"
        f" && variables.annotations.all(name, name.startsWith('depgen.io/') || name in {cel.literal(noted)})"
        " && !has(object.metadata.ownerReferences) && !has(object.metadata.finalizers)",
    )


def _mutex(graph: str) -> str:
    """The node's, and that of its rerun where the key is of one."""
    rerun = "variables.key.contains('-') ? '.' + variables.key.split('-', 2)[1] : ''"
    return f"{cel.literal(naming.component(graph, ''))} + variables.node + ({rerun})"


def _lists(shapes: list[Shape]) -> list[str]:
    """The shapes as list literals, each short enough for an expression."""
    parts = [f"dyn({cel.literal(part)})" for shape in shapes for part in _split(shape)]
    return [f"[{', '.join(box)}]" for box in packed(parts, lambda part: len(part) + 2)]


def _split(shape: Shape) -> Iterator[Shape]:
    """A shape with many nodes as several with some of them each."""
    nodes: Any = shape["nodes"]
    for names in packed(sorted(nodes), lambda name: len(name) + len(nodes[name]) + 2):
        yield {**shape, "nodes": "".join(f" {name}:{nodes[name]}" for name in names) + " "}
