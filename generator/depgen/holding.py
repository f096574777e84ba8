"""Which locks the templates of a Workflow want while others are held.

A Workflow holds its own locks until it has ended, and a template those of its `synchronization` until its node has: steps and
tasks within it run while they are held. A holder is a Workflow, or one node of it, so what is held further out is not to
be had further in, not even by the same Workflow. The locks of one place are taken all at once or not at all.

Source: argo-workflows v3.7.14, workflow/sync/sync_manager.go (getHolderKey, tryAcquireImpl), workflow/controller/operator.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from depgen import embedded
from depgen.calling import called, entrances
from depgen.diagnostics import Place
from depgen.manifests import CLUSTER, TEMPLATE, Item, Object, mapping
from depgen.mutexes import Lock, locks, merged
from depgen.templates import Template, calls, templates

# What takes a lock that is no template.
WORKFLOW = "the Workflow"

_MOST_DEPTH = 50
# Of every object together; templates that call each other in all orders have no end worth waiting for.
_MOST_STEPS = 20_000


class Held(NamedTuple):
    """A lock, where it is taken, and by what: `template "load"`, or the Workflow."""

    lock: Lock
    place: Place
    by: str


class Wish(NamedTuple):
    """A lock that is wanted while others are held. `is_sure` if no `when` may leave it out.

    `maker` is the template that made the Workflow that wants it, and waits for that; "" if none did.
    """

    wanted: Held
    held: tuple[Held, ...]
    is_sure: bool
    maker: str = ""


class _Home(NamedTuple):
    """What templates stand in: an object, or a text within one, whose parts have no places of their own."""

    spec: Object
    place: Place
    names: Mapping[str, Template]
    is_text: bool = False

    def at(self, *route: str | int) -> Place:
        return self.place if self.is_text else Place(self.place.path, (*self.place.route, *route))


@dataclass(frozen=True)
class _Stand:
    """How things stand when a template begins."""

    namespace: str
    defaults: Object = field(default_factory=dict)
    held: tuple[Held, ...] = ()
    is_sure: bool = True
    maker: str = ""
    depth: int = 0


def wishes(items: Sequence[Item]) -> Iterator[Wish]:
    """Every lock that a Workflow of these objects wants while one is held for it already."""
    walk = _Walk({(item.kind, item.namespace, item.name): item for item in items})
    for item in items:
        home = _home(item.spec, item.in_spec())
        yield from walk.workflow(item.spec, home, _Stand(item.namespace))


def _home(spec: Object, place: Place, is_text: bool = False) -> _Home:
    names: dict[str, Template] = {}
    for template in templates(spec):
        if len(template.route) == 2:  # an inline one has no name to be called by
            names.setdefault(template.name, template)
    return _Home(spec, place, names, is_text)


def _held(synchronization: Object, namespace: str, place: Place, by: str) -> tuple[Held, ...]:
    return tuple(Held(lock, place, by) for lock, _ in locks(synchronization, namespace))


def _wanted(found: Sequence[Held], stand: _Stand) -> Iterator[Wish]:
    if stand.held:
        yield from (Wish(one, stand.held, stand.is_sure, stand.maker) for one in found)


@dataclass
class _Walk:
    items: Mapping[tuple[str, str, str], Item]
    seen: set[tuple[int, frozenset[Lock], bool, str]] = field(default_factory=set)
    steps: int = 0

    def workflow(self, spec: Object, home: _Home, stand: _Stand) -> Iterator[Wish]:
        """What a Workflow of this spec wants, from its own locks on."""
        base = self._referred(mapping(spec.get("workflowTemplateRef")), stand.namespace)
        under: Object = base.spec if base else {}
        own = mapping(spec.get("synchronization"))
        holder = base if base and not own else home
        sync = merged(under.get("synchronization"), own)
        found = _held(sync, stand.namespace, holder.at("synchronization"), WORKFLOW)
        yield from _wanted(found, stand)
        defaults = {**mapping(under.get("templateDefaults")), **mapping(spec.get("templateDefaults"))}
        within = replace(stand, defaults=defaults, held=(*stand.held, *found))
        inner = base or home
        # What has no entrypoint is there to be referred to: any of its templates may be.
        whole = {**under, **spec}
        for name in entrances(whole) if whole.get("entrypoint") else sorted(inner.names):
            if name in inner.names:
                yield from self._template(inner.names[name], inner, within)

    def _template(self, template: Template, home: _Home, stand: _Stand) -> Iterator[Wish]:
        self.steps += 1
        key = id(template.body), frozenset(one.lock for one in stand.held), stand.is_sure, stand.maker
        if key in self.seen or stand.depth > _MOST_DEPTH or self.steps > _MOST_STEPS:
            return
        self.seen.add(key)
        sync = merged(stand.defaults.get("synchronization"), template.body.get("synchronization"))
        place = home.at(*template.route, "synchronization")
        found = _held(sync, stand.namespace, place, f'template "{template.name}"')
        yield from _wanted(found, stand)
        within = replace(stand, held=(*stand.held, *found), depth=stand.depth + 1)
        yield from self._made(template, home, within)
        for call in calls(template):
            there = replace(within, is_sure=within.is_sure and not call.body.get("when"))
            if inline := mapping(call.body.get("inline")):
                name = str(call.body.get("name") or template.name)
                yield from self._template(Template((*call.route, "inline"), name, inline), home, there)
            reference = mapping(call.body.get("templateRef"))
            other = self._referred(reference, stand.namespace) if reference else home
            for name in called({"template": reference.get("template")} if reference else call.body):
                if other and name in other.names:
                    yield from self._template(other.names[name], other, there)

    def _made(self, template: Template, home: _Home, stand: _Stand) -> Iterator[Wish]:
        """What the Workflow wants that a resource template makes and waits for."""
        resource = mapping(template.body.get("resource"))
        is_waiting = resource.get("successCondition") or resource.get("failureCondition")
        if not stand.held or not is_waiting or resource.get("action") not in ("create", "apply"):
            return
        place = home.at(*template.route, "resource", "manifest")
        for made in embedded.objects(resource.get("manifest")):
            if made.get("kind") == "Workflow":
                spec = mapping(made.get("spec"))
                namespace = str(mapping(made.get("metadata")).get("namespace") or stand.namespace)
                inside = replace(stand, namespace=namespace, maker=template.name)
                yield from self.workflow(spec, _home(spec, place, is_text=True), inside)

    def _referred(self, reference: Object, namespace: str) -> _Home | None:
        name = str(reference.get("name"))
        is_cluster = reference.get("clusterScope") is True
        item = self.items.get((CLUSTER, "", name) if is_cluster else (TEMPLATE, namespace, name))
        return None if item is None else _home(item.spec, item.in_spec())
