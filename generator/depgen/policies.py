"""ValidatingAdmissionPolicies of a graph: what RBAC cannot see, decided by the API server on each request.

Three policies: what the submit account may create; who may start and complete the Workflows that the graph reads; who
may write its ledgers. They are made of the rendered objects, never of the graph, so they allow exactly what those
need. What a newcomer gets wrong: an expression that fails is a refusal, so each has to be total for every object that
its policy matches; and validations do not stop at the first, so each has to stand alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import yaml

from depgen import cel, naming, submissions
from depgen.errors import InputError
from depgen.gojson import go_size
from depgen.render import Templates, header
from depgen.submissions import Manifest, Shape

# etcd takes 1.5 MiB in a request.
OBJECT_LIMIT = 1_000_000
# CEL takes 100,000 code points in an expression.
_EXPRESSION_BUDGET = 60_000
_EXPRESSION_LIMIT = 99_000

_KEY = "[0-9]{4,8}([tw][0-9]{2,4}b?)?"
_LABELS = {"graph": naming.LABEL_GRAPH, "node": submissions.LABEL_NODE, "key": naming.LABEL_KEY}
# A Sensor adds these to what it creates.
_SENSOR_LABELS = [f"events.argoproj.io/{name}" for name in ("action-timestamp", "sensor", "trigger")]
_COMPLETED = "workflows.argoproj.io/completed"
_ENDED = ["Succeeded", "Failed", "Error"]
# They empty a namespace that is being deleted.
_CLEANERS = ["system:kube-controller-manager", "system:serviceaccount:kube-system:namespace-controller"]
_WRITING = {"create", "update", "patch"}

Operation = Literal["CREATE", "UPDATE", "DELETE"]


class Trusted(NamedTuple):
    """Who is allowed what no account of the graph is: each `user:NAME` or `group:NAME`.

    `controllers` complete Workflows; `operators` write ledgers and start runs by hand.
    """

    controllers: tuple[str, ...]
    operators: tuple[str, ...]


class Named(NamedTuple):
    """A condition (all of them hold, or the policy does not apply) or a variable, by name."""

    name: str
    expression: str


class Validation(NamedTuple):
    """What has to hold, and what is said if it does not."""

    message: str
    expression: str


class Policy(NamedTuple):
    """A policy and its binding; no `namespaces` are all of them."""

    name: str
    group: str
    resource: str
    operations: tuple[Operation, ...]
    namespaces: tuple[str, ...]
    conditions: tuple[Named, ...]
    variables: tuple[Named, ...]
    validations: tuple[Validation, ...]


def marked(digest: str, trusted: Trusted | None) -> str:
    """The digest of a build with these policies: with other ones, or without, the same graph gives other files."""
    return digest if trusted is None else f"{digest}+policies{json.dumps(trusted)}"


def files(
    graph: str, sources: Iterable[str], rendered: Mapping[str, str], trusted: Trusted, templates: Templates
) -> dict[str, str]:
    """`<graph>-policies.yaml`, from the rendered files of that graph; InputError if a policy would be too large."""
    manifests = [o for text in rendered.values() for o in yaml.load_all(text, yaml.CSafeLoader)]
    template = templates.environment.get_template("policies.yaml.j2")
    found = policies(graph, manifests, trusted)
    return (
        {f"{graph}-policies.yaml": template.render(header=header(sources), graph=graph, policies=found)}
        if found
        else {}
    )


def policies(graph: str, manifests: Iterable[Manifest], trusted: Trusted) -> list[Policy]:
    """The policies of one graph, by what they are about. `manifests`: its rendered objects."""
    by_kind: dict[str, list[Manifest]] = {"EventSource": [], "Sensor": [], "Role": []}
    for manifest in manifests:
        by_kind.get(manifest["kind"], []).append(manifest)
    if not by_kind["EventSource"]:
        return []
    maker = _Maker(graph, by_kind["EventSource"][0]["metadata"]["namespace"], trusted)
    found = [maker.runs(by_kind["EventSource"], by_kind["Sensor"]), maker.ledgers(by_kind["Role"])]
    if submissions.namespaces(by_kind["Sensor"]):
        found.append(maker.submit(by_kind["Sensor"]))
    for policy in found:
        _refuse_large(policy)
    return found


class _Maker:
    def __init__(self, graph: str, namespace: str, trusted: Trusted) -> None:
        self.graph = graph
        self.namespace = namespace
        self.trusted = trusted
        self.submitter = f"user:{self.account(naming.component(graph, 'submit'))}"

    def account(self, name: str) -> str:
        return f"system:serviceaccount:{self.namespace}:{name}"

    def name(self, part: str) -> str:
        """Policies have no namespace, graphs of one name may be in several."""
        return f"depgen.{self.namespace}.{self.graph}.{part}"

    # ---- what the submit account creates ----

    def submit(self, sensors: list[Manifest]) -> Policy:
        """Only the Workflows of the graph's triggers, as those set them."""
        who = f"the submit account of graph {self.graph} may only"
        shapes = [
            Named(f"shapes{number}", text) for number, text in enumerate(_lists(submissions.shapes(sensors)))
        ]
        lists = " + ".join(f"variables.{shape.name}" for shape in shapes)
        reserved = [*_LABELS.values(), *_SENSOR_LABELS]
        noted = submissions.annotation_names(sensors)
        return Policy(
            self.name("submit"),
            "argoproj.io",
            "workflows",
            ("CREATE", "UPDATE", "DELETE"),
            (),
            (Named("submit-account", _is([self.submitter])),),
            (
                Named("labels", "object.metadata.?labels.orValue({})"),
                Named("node", _label("node")),
                Named("key", _label("key")),
                Named("annotations", "object.metadata.?annotations.orValue({})"),
                Named("arguments", "object.spec.?arguments.orValue({})"),
                Named("parameters", "variables.arguments.?parameters.orValue([])"),
                Named("reference", "object.spec.?workflowTemplateRef.orValue({})"),
                *shapes,
                Named("allowed", f"({lists}).filter(shape, variables.node in shape.nodes)"),
            ),
            (
                Validation(f"{who} create", "request.operation == 'CREATE'"),
                Validation(
                    f"{who} create runs of that graph, told by the labels depgen.io/graph and depgen.io/node",
                    f"{_label('graph')} == {cel.literal(self.graph)} && variables.allowed.size() == 1",
                ),
                Validation(
                    f"{who} name a Workflow {self.graph}-NODE-KEY, with the node and key of its labels",
                    f"object.metadata.name == {cel.literal(f'{self.graph}-')} + variables.node + '-' + variables.key"
                    f" && variables.key.matches('^{_KEY}$')",
                ),
                Validation(
                    f"{who} create a run in the namespace and from the template that the graph says",
                    "variables.allowed.all(shape, request.namespace == shape.namespace"
                    " && variables.reference.?name.orValue('') == shape.nodes[variables.node]"
                    " && variables.reference.?clusterScope.orValue(false) == shape.clusterScope"
                    " && variables.reference.all(field, field in ['name', 'clusterScope']))",
                ),
                Validation(
                    f"{who} set what the graph sets in a Workflow's spec, to the same values",
                    "variables.allowed.all(shape, object.spec.all(field, field in ['arguments', 'workflowTemplateRef']"
                    " || (field in shape.spec && object.spec[field] == shape.spec[field]))"
                    " && shape.spec.all(field, field in object.spec))",
                ),
                Validation(
                    f"{who} give the arguments that the graph gives, and no value with {{{{, which Argo would expand",
                    _ARGUMENTS,
                ),
                Validation(
                    f"{who} set the labels, annotations and owners of a Workflow that the graph sets",
                    f"variables.allowed.all(shape, variables.labels.all(name, name in {cel.literal(reserved)}"
                    " || (name in shape.labels && variables.labels[name] == shape.labels[name]))"
                    " && shape.labels.all(name, name in variables.labels))"
                    f" && variables.annotations.all(name, name.startsWith('depgen.io/') || name in {cel.literal(noted)})"
                    " && !has(object.metadata.ownerReferences) && !has(object.metadata.finalizers)",
                ),
            ),
        )

    # ---- who starts and completes what the graph reads ----

    def runs(self, sources: list[Manifest], sensors: list[Manifest]) -> Policy:
        """Completions are the controller's word; the graph's own runs are started by it or by operators."""
        watched = sorted(set(_watched(sources)))
        watches = [
            Named(f"watched{number}", f"[object, oldObject].exists(o, o != null && {cel.any_of(tests)})")
            for number, tests in enumerate(_packed(list(map(_matches, watched))))
        ]
        where = {namespace for namespace, _ in watched} | set(submissions.namespaces(sensors))
        same = " && ".join(
            f"{_label_of('object', n)} == {_label_of('variables.before', n)}" for n in _LABELS.values()
        )
        mine = cel.literal(self.graph)
        return Policy(
            self.name("runs"),
            "argoproj.io",
            "workflows",
            ("CREATE", "UPDATE"),
            tuple(sorted(where)),
            (Named("not-the-controller", f"!({_is(self.trusted.controllers)})"),),
            (
                *watches,
                Named("isWatched", cel.any_of(f"variables.{watch.name}" for watch in watches)),
                Named("isNew", "request.operation == 'CREATE'"),
                Named("before", "variables.isNew ? dyn({'metadata': {}}) : dyn(oldObject)"),
                Named(
                    "isRun",
                    f"{_label('graph')} == {mine} || {_label_of('variables.before', naming.LABEL_GRAPH)} == {mine}"
                    f" || (variables.isNew && object.metadata.?name.orValue('').matches('^{self.graph}-[a-z0-9-]+-{_KEY}$'))",
                ),
                Named("isEnded", _is_ended("object")),
                Named("wasEnded", _is_ended("variables.before")),
                Named("isOperator", _is(self.trusted.operators)),
                Named("isSubmitter", _is([self.submitter])),
            ),
            (
                Validation(
                    f"only the submit account of graph {self.graph} and operators may start a run of that graph,"
                    " or make a Workflow one",
                    "!variables.isRun || variables.isOperator || variables.isSubmitter"
                    f" || (!variables.isNew && {same})",
                ),
                Validation(
                    f"graph {self.graph} waits for such Workflows: only the Workflows controller may create one that has"
                    " ended or has a status",
                    "!variables.isWatched || !variables.isNew || (!variables.isEnded"
                    " && object.?status.orValue({}).all(field, object.status[field] == null))",
                ),
                Validation(
                    f"graph {self.graph} waits for such Workflows: only the Workflows controller may end one or change"
                    " the status of one that has ended",
                    "!variables.isWatched || variables.isNew || !variables.isEnded"
                    " || (variables.wasEnded && object.?status.orValue({}) == variables.before.?status.orValue({}))",
                ),
                Validation(
                    f"graph {self.graph} waits for such Workflows: only the Workflows controller and operators may change"
                    " the labels, annotations or spec of one that has ended",
                    "!variables.isWatched || variables.isNew || !variables.isEnded || variables.isOperator"
                    " || (object.spec == variables.before.spec && "
                    + " && ".join(
                        f"object.metadata.?{field}.orValue({{}}) == variables.before.metadata.?{field}.orValue({{}})"
                        for field in ("labels", "annotations")
                    )
                    + ")",
                ),
            ),
        )

    # ---- who writes ledgers ----

    def ledgers(self, roles: list[Manifest]) -> Policy:
        """The accounts of the graph that write ConfigMaps, and operators."""
        writers = sorted(
            {f"user:{self.account(name)}" for name in _writers(roles, self.namespace)}
            | {f"user:{self.account(naming.component(self.graph, 'sweep'))}"}
        )
        labelled = f"{_label_of('o', naming.LABEL_GRAPH)} == {cel.literal(self.graph)}"
        named = f"o.metadata.?name.orValue('').matches('^{self.graph}-((p[0-9]+-)?{_KEY}(-[a-z0-9]+)?|invalid|sweep)$')"
        return Policy(
            self.name("ledgers"),
            "",
            "configmaps",
            ("CREATE", "UPDATE", "DELETE"),
            (self.namespace,),
            (
                Named(
                    "ledger", f"[object, oldObject].exists(o, o != null && {cel.any_of([labelled, named])})"
                ),
            ),
            (Named("isWriter", _is([*writers, *self.trusted.operators])), Named("isCleaner", _is_cleaner())),
            (
                Validation(
                    f"only the record, claim and sweep accounts of graph {self.graph} and operators may write its ledgers",
                    "variables.isWriter || (request.operation == 'DELETE' && variables.isCleaner)",
                ),
            ),
        )


# By position, so that the order is the graph's too; a value from an event is a string, and nothing beside it.
_ARGUMENTS = (
    "variables.allowed.all(shape, variables.parameters.map(p, p.name) == shape.parameters.map(p, p.name)"
    " && variables.parameters.all(p, p.name in shape.free"
    " ? p.size() == 2 && type(p.?value.orValue(null)) == string && !p.value.contains('{{')"
    " : shape.parameters.exists(q, q == p))"
    " && variables.arguments.all(field, field == 'parameters'"
    " || (field in shape.arguments && variables.arguments[field] == shape.arguments[field]))"
    " && shape.arguments.all(field, field in variables.arguments))"
)


# ---- pieces of CEL ----


def _label(name: str) -> str:
    return _label_of("object", _LABELS[name])


def _label_of(what: str, label: str) -> str:
    return f"{what}.metadata.?labels[?{cel.literal(label)}].orValue('')"


def _is(principals: Iterable[str]) -> str:
    """Whether the request comes from one of these users or members of groups."""
    split = [principal.partition(":") for principal in principals]
    users = [name for kind, _, name in split if kind == "user"]
    groups = [name for kind, _, name in split if kind == "group"]
    return cel.any_of(
        [
            *([f"request.userInfo.username in {cel.literal(users)}"] if users else []),
            *(
                [f"request.userInfo.?groups.orValue([]).exists(g, g in {cel.literal(groups)})"]
                if groups
                else []
            ),
        ]
    )


def _is_cleaner() -> str:
    return _is(f"user:{name}" for name in _CLEANERS)


def _is_ended(what: str) -> str:
    return f"{_label_of(what, _COMPLETED)} == 'true' || {what}.?status.?phase.orValue('') in {cel.literal(_ENDED)}"


Selector = tuple[str, str, str]


def _watched(sources: Iterable[Manifest]) -> Iterator[tuple[str, tuple[Selector, ...]]]:
    """(namespace, selectors) of the Workflows that an EventSource looks for, ended or not."""
    for source in sources:
        for event in source["spec"].get("resource", {}).values():
            if event["resource"] == "workflows":
                labels = [label for label in event["filter"]["labels"] if label["key"] != _COMPLETED]
                yield (
                    event["namespace"],
                    tuple((o["key"], o["operation"], o.get("value", "")) for o in labels),
                )


def _matches(watched: tuple[str, tuple[Selector, ...]]) -> str:
    namespace, selectors = watched
    return cel.all_of([f"request.namespace == {cel.literal(namespace)}", *map(_selects, selectors)])


def _selects(selector: Selector) -> str:
    """As a label selector reads it: `!=` holds where there is no such label."""
    label, operation, value = selector
    if operation == "in":
        return f"{_label_of('o', label)} in {cel.literal(value.split(','))}"
    assert operation in ("==", "!="), operation
    return f"{_label_of('o', label)} {operation} {cel.literal(value)}"


def _writers(roles: Iterable[Manifest], namespace: str) -> set[str]:
    """Each Role has the name of its ServiceAccount."""
    return {
        role["metadata"]["name"]
        for role in roles
        if role["metadata"]["namespace"] == namespace
        for rule in role["rules"]
        if "configmaps" in rule["resources"] and _WRITING & set(rule["verbs"])
    }


# ---- sizes ----


def _lists(shapes: Iterable[Shape]) -> list[str]:
    """The shapes as list literals, each short enough for an expression."""
    parts = [cel.literal(part) for shape in shapes for part in _split(shape)]
    return [f"[{', '.join(f'dyn({part})' for part in parts)}]" for parts in _packed(parts)]


def _split(shape: Shape) -> Iterator[Shape]:
    """A shape with many nodes as several with some of them each."""
    nodes: Any = shape["nodes"]
    for names in _packed(sorted(nodes), lambda name: len(name) + len(nodes[name]) + 6):
        yield {**shape, "nodes": {name: nodes[name] for name in names}}


def _packed(items: list[str], size: Any = len) -> list[list[str]]:
    """In order, as many together as fit an expression."""
    boxes: list[list[str]] = [[]]
    filled = 0
    for item in items:
        filled += size(item) + 8
        if boxes[-1] and filled > _EXPRESSION_BUDGET:
            boxes.append([])
            filled = size(item) + 8
        boxes[-1].append(item)
    return boxes


def _refuse_large(policy: Policy) -> None:
    size = go_size([*policy])
    expressions = [*(v.expression for v in policy.variables), *(v.expression for v in policy.validations)]
    longest = max(map(len, expressions))
    if size > OBJECT_LIMIT or longest > _EXPRESSION_LIMIT:
        raise InputError(
            f"the policy {policy.name} takes {size:,} bytes and {longest:,} characters in one expression; Kubernetes takes"
            f" {OBJECT_LIMIT:,} and {_EXPRESSION_LIMIT:,}. Move what is long from workflowSpec or spec into"
            " WorkflowTemplates, or split the graph"
        )
