"""The user's own Workflows, WorkflowTemplates and CronWorkflows, as far as lint can use them.

They are read leniently: other kinds are passed over, and a file that is no YAML is one finding, not a failure. What is
in them is somebody else's format, so nothing of it is taken for granted: `mapping` and `mappings` read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import yaml

from depgen.diagnostics import Diagnostic, Place, Position, Route, Severity
from depgen.manifest_text import UNREADABLE, ManifestText, refuse_depth

Object = Mapping[str, object]
Name = tuple[str, str]

TEMPLATE, CLUSTER, CRON, WORKFLOW = "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow", "Workflow"
_KINDS = (TEMPLATE, CLUSTER, CRON, WORKFLOW)
_CONFIG_MAP = "ConfigMap"
_GROUP = "argoproj.io/"
# Argo's own configuration; what its `workflowDefaults` say counts for each Workflow that does not say otherwise.
_CONFIGURATION = "workflow-controller-configmap"


class Item(NamedTuple):
    """An object as it stands in a file; `namespace` is "" where none is written, `name` may be a generateName.

    `defaults` is the spec of the controller's `workflowDefaults`, if they were given.
    """

    place: Place
    kind: str
    namespace: str
    name: str
    body: Object
    defaults: Object = {}  # noqa: RUF012  # nobody writes to a Mapping

    @property
    def title(self) -> str:
        """As people are told of it."""
        return f'{self.kind} "{self.name}"'

    @property
    def spec_route(self) -> Route:
        """Where the spec of its Workflows is, from the object on."""
        return ("spec", "workflowSpec") if self.kind == CRON else ("spec",)

    @property
    def spec(self) -> Object:
        """The spec of its Workflows, with the defaults; empty if there is none."""
        return merged(self.defaults, self.own_spec) if self.defaults else self.own_spec

    @property
    def own_spec(self) -> Object:
        """The spec of its Workflows as it stands in the file."""
        found: object = self.body
        for step in self.spec_route:
            found = mapping(found).get(str(step))
        return mapping(found)

    def at(self, *steps: str | int, at_key: bool = False) -> Place:
        """A part of the object."""
        return Place(self.place.path, (*self.place.route, *steps), at_key)

    def in_spec(self, *steps: str | int, at_key: bool = False) -> Place:
        """A part of the spec of its Workflows."""
        return self.at(*self.spec_route, *steps, at_key=at_key)


@dataclass(frozen=True)
class Manifests:
    """Objects by (namespace, name); a cluster template's namespace is "".

    `given` is false if no manifests were asked to be read, `is_whole` if one of them could not be. `items` are the same
    objects where they stand, those with a name that is there before included; there are none of what a cluster holds.
    `defaults`: as of an item.
    """

    given: bool = False
    is_whole: bool = True
    templates: dict[Name, Object] = field(default_factory=dict)
    cluster_templates: dict[Name, Object] = field(default_factory=dict)
    cron_workflows: dict[Name, Object] = field(default_factory=dict)
    workflows: dict[Name, Object] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    defaults: Object = field(default_factory=dict)

    def item(self, body: Object) -> Item | None:
        """Where one of these objects stands; None if that is in a cluster."""
        return self._items.get(id(body))

    def place(
        self, kind: str, namespace: str, name: str, *steps: str | int, at_key: bool = False
    ) -> Place | None:
        """A part of the object of this name; None if it is in a cluster, or nowhere."""
        body = self._by_kind.get(kind, {}).get(("" if kind == CLUSTER else namespace, name))
        item = None if body is None else self.item(body)
        return None if item is None else item.at(*steps, at_key=at_key)

    @cached_property
    def _by_kind(self) -> dict[str, dict[Name, Object]]:
        every = (self.templates, self.cluster_templates, self.cron_workflows, self.workflows)
        return dict(zip(_KINDS, every, strict=True))

    @cached_property
    def _items(self) -> dict[int, Item]:
        return {id(item.body): item for item in self.items}


NO_MANIFESTS = Manifests()


@dataclass(frozen=True)
class Files:
    """What files of manifests hold, in their order, and what of them cannot be read."""

    items: tuple[Item, ...]
    problems: tuple[Diagnostic, ...]
    texts: dict[str, ManifestText]
    defaults: Object

    def within(self, default_namespace: str) -> Manifests:
        """The objects by name; those without a namespace are in `default_namespace`."""
        objects: dict[str, dict[Name, Object]] = {kind: {} for kind in _KINDS}
        for item in self.items:
            namespace = "" if item.kind == CLUSTER else item.namespace or default_namespace
            objects[item.kind][namespace, item.name] = item.body
        templates, cluster_templates, crons, workflows = objects.values()
        return Manifests(
            True, not self.problems, templates, cluster_templates, crons, workflows, self.items, self.defaults
        )


def read_files(files: Iterable[tuple[str, bytes]]) -> Files:
    """The objects in `files` (path, bytes)."""
    items: list[Item] = []
    problems: list[Diagnostic] = []
    texts: dict[str, ManifestText] = {}
    defaults: Object = {}
    for path, raw in files:
        texts[path] = ManifestText(path, raw)
        try:
            refuse_depth(raw)
            for number, document in enumerate(yaml.load_all(raw, Loader=yaml.CSafeLoader)):
                for item in _objects(document, Place(path, (number,))):
                    if item.kind == _CONFIG_MAP:
                        defaults = _defaults(item.body)
                    else:
                        items.append(item)
        except UNREADABLE as error:
            problems.append(_unreadable(path, error))
    found = (item._replace(defaults=defaults) for item in items) if defaults else items
    return Files(tuple(found), tuple(problems), texts, defaults)


def read(files: Iterable[tuple[str, bytes]], default_namespace: str) -> tuple[Manifests, list[Diagnostic]]:
    """The objects in `files` (path, bytes) by name; those without a namespace are in `default_namespace`."""
    found = read_files(files)
    return found.within(default_namespace), list(found.problems)


def mapping(value: object) -> Object:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Object]:
    """The mappings in a list; none if it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def merged(under: Object, over: Object) -> Object:
    """What Argo makes of defaults and what is said: mappings are joined, of anything else the latter counts."""
    inner = {
        key: merged(mapping(under[key]), mapping(over[key]))
        for key in under.keys() & over.keys()
        if isinstance(under[key], dict) and isinstance(over[key], dict)
    }
    return {**under, **over, **inner}


def numbered(value: object) -> list[tuple[int, Object]]:
    """The mappings in a list, each with its place in it."""
    if not isinstance(value, list):
        return []
    return [(number, item) for number, item in enumerate(value) if isinstance(item, dict)]


def _unreadable(path: str, error: Exception) -> Diagnostic:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    problem = error.problem if isinstance(error, yaml.MarkedYAMLError) else None
    where = Position(path, mark.line + 1, mark.column + 1) if mark else Position(path, 1, 1)
    message = f"manifest passed over: {problem or 'no readable YAML'}"
    return Diagnostic(where, "unreadable-manifest", message, None, Severity.WARNING)


def _objects(document: object, place: Place) -> Iterator[Item]:
    waiting: list[tuple[object, Place]] = [(document, place)]
    seen = set[int]()
    while waiting:
        value, where = waiting.pop(0)
        body = mapping(value)
        if id(body) in seen:  # an alias of what was told of
            continue
        seen.add(id(body))
        kind, metadata = body.get("kind"), mapping(body.get("metadata"))
        name = metadata.get("name") or metadata.get("generateName")
        if kind == "List":
            waiting[:0] = [
                (one, Place(where.path, (*where.route, "items", number)))
                for number, one in numbered(body.get("items"))
            ]
        elif isinstance(name, str) and ((kind in _KINDS and _is_of_argo(body)) or _is_configuration(body)):
            yield Item(where, str(kind), str(metadata.get("namespace") or ""), name, body)


def _is_configuration(body: Object) -> bool:
    return body.get("kind") == _CONFIG_MAP and mapping(body.get("metadata")).get("name") == _CONFIGURATION


def _defaults(configuration: Object) -> Object:
    """The spec of `workflowDefaults`, which is an entry of its own or in the entry `config`; empty if there is none."""
    data = mapping(configuration.get("data"))
    try:
        whole = mapping(_text(data.get("config"))).get("workflowDefaults")
        return mapping(mapping(_text(data.get("workflowDefaults")) or whole).get("spec"))
    except UNREADABLE:
        return {}


def _text(value: object) -> object:
    if not isinstance(value, str):
        return None
    refuse_depth(value.encode())
    return yaml.load(value, Loader=yaml.CSafeLoader)


def _is_of_argo(body: Object) -> bool:
    return str(body.get("apiVersion", _GROUP)).startswith(_GROUP)
