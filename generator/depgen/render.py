"""Plan to files: programs are written, Sensors filled up to their byte budget, templates printed.

A Sensor reaches its pod in one environment variable, so its JSON has a hard limit; what does not fit one Sensor is
spread over several by a hash of the names, which keeps an edit inside the Sensor of the edited node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from jinja2 import DictLoader, Environment, StrictUndefined

from depgen import assets, formats, naming, programs, yamltext
from depgen.accounts import accounts
from depgen.clocks import Striking, Tick
from depgen.gojson import go_size, text_size
from depgen.model import Graph, Json, Literally, Node
from depgen.plan import Decision, Event, Plan, Recording, Trigger
from depgen.shapes import Programs

# Two thirds of what starts (98,292 bytes in argo-events v1.9.11): room for defaults that the controller adds.
SENSOR_BUDGET = 64 * 1024
KUSTOMIZATION = "kustomization.yaml"
KUSTOMIZE_CONFIG = "kustomizeconfig.yaml"

# JSON bytes of a dependency and trigger beside their names and contents; a test holds them against the real ones.
_NODE_BYTES = 488
_CLUSTER_BYTES = len('"clusterScope":true,')
_ARGUMENT_BYTES = len('{"name":,"value":},')
_PARAMETER_BYTES = 115
_TRIGGER_BYTES = 245
_DEPENDENCY_BYTES = 355
_EVENT_BYTES = 185
_FRAME_BYTES = 600


class Unit(NamedTuple):
    """What cannot be split over Sensors: a trigger with its dependencies. `view` is what the template prints."""

    name: str
    size: int
    view: Any
    durables: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """One Sensor or EventSource: its name and what is in it."""

    name: str
    units: tuple[Unit, ...]
    zone: str = ""
    frame: int = _FRAME_BYTES

    @property
    def size(self) -> int:
        """An upper bound of its bytes as JSON; `frame` is what it has beside its units."""
        return self.frame + sum(unit.size for unit in self.units)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which Sensors and EventSources a graph becomes, and what each holds."""

    plan: Plan
    sources: tuple[Box, ...]
    record: tuple[Box, ...]
    claim: tuple[Box, ...]
    submit: tuple[Box, ...]

    @property
    def boxes(self) -> tuple[Box, ...]:
        return self.sources + self.record + self.claim + self.submit


class Templates:
    """The templates of the package."""

    @property
    def environment(self) -> Environment:
        return _environment()


@cache
def _environment() -> Environment:
    """Compiled once a process: that takes longer than to build a small graph."""
    names = {
        "eventsources": ["eventsource.yaml.j2"],
        "sensors": [
            "ledger.yaml.j2",
            "submit.yaml.j2",
            "rbac.yaml.j2",
            "sweeper.yaml.j2",
            f"{KUSTOMIZATION}.j2",
            f"{KUSTOMIZE_CONFIG}.j2",
            "argocd-app.yaml.j2",
            "argocd-health.yaml.j2",
            "argocd-plugin.yaml.j2",
            "check.yaml.j2",
            "disruption-budgets.yaml.j2",
            "eventbus.yaml.j2",
            "flux-health.yaml.j2",
            "flux-kustomization.yaml.j2",
            "monitoring.yaml.j2",
            "network-policies.yaml.j2",
            "plugin.yaml.j2",
            "policies.yaml.j2",
            "record.jq.j2",
            "event.jq.j2",
            "relay.jq.j2",
            "claim.jq.j2",
            "clock.jq.j2",
            "failed.jq.j2",
            "decide.jq.j2",
        ],
    }
    loader = DictLoader(
        {name: assets.text(folder, name) for folder, files in names.items() for name in files}
    )
    environment = Environment(  # noqa: S701 - the output is YAML and jq, never HTML
        loader=loader,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"yaml": yamltext.scalar, "block": yamltext.block, "fields": yamltext.fields}
    environment.filters["tojson"] = programs.quoted
    return environment


def lay_out(plan: Plan, templates: Templates) -> Layout:
    """Write every program and fill the Sensors and EventSources."""
    graph = plan.graph
    events = [*map(_event_unit, plan.events), *map(_tick_unit, plan.ticks)]
    sources = _boxes(graph, graph.name, "", events)
    where = {unit.name: box.name for box in sources for unit in box.units}
    record = _record_boxes(plan, templates, where)
    claim = _claim_boxes(plan, templates, where)
    deciders = Programs(templates.environment)
    submit = _boxes(
        graph,
        naming.component(graph.name, "submit"),
        graph.zone,
        [_node_unit(d, deciders, where) for d in plan.decisions],
    )
    return Layout(plan, sources, record, claim, submit)


def _boxes(graph: Graph, base: str, zone: str, units: list[Unit]) -> tuple[Box, ...]:
    frame = _FRAME_BYTES + sum(go_size(fields) for fields in _frame(graph).values() if fields)
    packed = naming.packed(units, lambda u: u.name, lambda u: u.size, SENSOR_BUDGET - frame)
    return tuple(
        Box(
            naming.component(base, bits) if bits else base,
            tuple(sorted(members, key=lambda u: u.name)),
            zone,
            frame,
        )
        for bits, members in packed.items()
    )


def _event_unit(event: Event) -> Unit:
    size = _EVENT_BYTES + go_size([event.name, event.namespace, event.selectors])
    return Unit(event.name, size, {"event": event}, ())


def _tick_unit(tick: Tick) -> Unit:
    return Unit(tick.name, _EVENT_BYTES + go_size(list(tick)), {"tick": tick}, ())


def _record_boxes(plan: Plan, templates: Templates, where: Mapping[str, str]) -> tuple[Box, ...]:
    boxes: list[Box] = []
    home = plan.graph.zone
    for zone in sorted({trigger.zone for trigger in plan.triggers}):
        units = [_trigger_unit(t, templates, where) for t in plan.triggers if t.zone == zone]
        base = naming.component(plan.graph.name, "record", *([] if zone == home else [naming.slug(zone)]))
        boxes += _boxes(plan.graph, base, zone, units)
    return tuple(boxes)


def _trigger_unit(trigger: Trigger, templates: Templates, where: Mapping[str, str]) -> Unit:
    environment = templates.environment
    dependencies = [_dependency(r, _program(r, environment), _source(r, where)) for r in trigger.recordings]
    return _ledger_unit(trigger.name, dependencies)


def _source(recording: Recording | Striking, where: Mapping[str, str]) -> str:
    """The EventSource of a dependency: one of the graph's, or a foreign one."""
    if isinstance(recording, Recording) and recording.source:
        return recording.source
    return where[recording.event]


def _program(recording: Recording | Striking, environment: Environment) -> str:
    if isinstance(recording, Striking):
        return programs.clock(recording, environment)
    return programs.record(recording, environment)


def _dependency(recording: Recording | Striking, program: str, source: str) -> dict[str, str]:
    return {"name": recording.name, "event": recording.event, "source": source, "program": program}


def _ledger_unit(name: str, dependencies: list[dict[str, str]]) -> Unit:
    names = [dependency["name"] for dependency in dependencies]
    size = _TRIGGER_BYTES + sum(_DEPENDENCY_BYTES + go_size(d) + 4 * len(d["name"]) for d in dependencies)
    view = {"name": name, "dependencies": names, "details": dependencies}
    return Unit(name, size, view, tuple((name, dependency) for dependency in names))


def _claim_boxes(plan: Plan, templates: Templates, where: Mapping[str, str]) -> tuple[Box, ...]:
    graph = plan.graph
    if not plan.claims:
        return ()
    facts = graph.partitions > 1, graph.replay_within, plan.is_used
    program = programs.claim(graph.name, *facts, templates.environment)
    dependencies = [{"name": e, "event": e, "source": where[e], "program": program} for e in plan.claims]
    unit = _ledger_unit("claim", dependencies)
    return _boxes(graph, naming.component(graph.name, "claim"), graph.zone, [unit])


def _node_unit(decision: Decision, deciders: Programs, where: Mapping[str, str]) -> Unit:
    node, run = decision.node, decision.node.run
    assert run is not None
    id_, event = node.id, decision.event
    source = where[event]
    program = deciders.program(decision)
    parameters, dynamic, rest = workflow_spec(decision.graph, node)
    taken = _taken(dynamic, node, rest)
    size = (
        _NODE_BYTES
        + 7 * len(id_)
        + len(source)
        + len(event)
        + len(run.name)
        + (_CLUSTER_BYTES if run.kind == "clusterWorkflowTemplate" else 0)
        + program.size
        + (go_size(rest) if rest else 0)
        + sum([_ARGUMENT_BYTES + text_size(name) + text_size(text) for name, text in parameters])
        + sum([_PARAMETER_BYTES + len(id_) + len(key) for key, _ in taken])
    )
    view = (id_, source, event, program.text, run, parameters, taken, rest)
    return Unit(id_, size, view, ((id_, id_),))


def _taken(dynamic: list[tuple[int, str]], node: Node, rest: dict[str, Any]) -> list[tuple[str, str]]:
    """What a trigger takes of the program's answer, and where it goes in the Workflow."""
    found = [(f"params.{name}", f"spec.arguments.parameters.{index}.value") for index, name in dynamic]
    if node.is_queued:
        last = len(rest["synchronization"]["mutexes"]) - 1
        found.append(("mutex", f"spec.synchronization.mutexes.{last}.name"))
    return found


def workflow_spec(
    graph: str, node: Node
) -> tuple[list[tuple[str, str]], list[tuple[int, str]], dict[str, Json]]:
    """The arguments by position, which of them each event fills in, and the rest of the Workflow's spec."""
    run = node.run
    assert run is not None
    arguments: list[tuple[str, str]] = []
    dynamic: list[tuple[int, str]] = []
    for index, (name, param) in enumerate(run.params):
        if isinstance(param, Literally):
            arguments.append((name, param.text))
        else:
            arguments.append((name, "-"))
            dynamic.append((index, name))
    if not run.spec and not node.is_queued:
        return arguments, dynamic, {}
    rest = dict(sorted(run.spec.items()))
    brought = rest.get("arguments")
    if isinstance(brought, dict):
        others = {name: value for name, value in rest.items() if name != "arguments"}
        rest = {"arguments": _joined(arguments, brought), **others}
        arguments = []
    if node.is_queued:
        rest["synchronization"] = _queued(rest.get("synchronization"), naming.mutex(graph, node.id))
    return arguments, dynamic, rest


def _joined(arguments: list[tuple[str, str]], brought: dict[str, Json]) -> dict[str, Json]:
    """The arguments of a node, then those that a whole spec brings along."""
    named = {name for name, _ in arguments}
    values: list[Json] = [{"name": name, "value": value} for name, value in arguments]
    parameters = brought.get("parameters")
    for parameter in parameters if isinstance(parameters, list) else []:
        if not (isinstance(parameter, dict) and parameter.get("name") in named):
            values.append(parameter)
    return {**brought, "parameters": values} if values else brought


def _queued(brought: Json, mutex: str) -> dict[str, Json]:
    """A synchronization with one more mutex."""
    synchronization = dict(brought) if isinstance(brought, dict) else {}
    mutexes = synchronization.get("mutexes")
    synchronization["mutexes"] = [*(mutexes if isinstance(mutexes, list) else []), {"name": mutex}]
    return synchronization


# ---- files ----


def files(layout: Layout, templates: Templates) -> dict[str, str]:
    """File name -> text, for the objects of one graph."""
    graph = layout.plan.graph
    shared = {
        "header": header(graph.files),
        "format": str(formats.OUTPUT),
        "graph": graph.name,
        "namespace": graph.namespace,
        "is_elected": graph.pods.replicas > 1,
        **_frame(graph),
    }
    get = templates.environment.get_template
    found: dict[str, str] = {}
    for box in layout.sources:
        name = "eventsource" + box.name.removeprefix(graph.name)
        events = [unit.view["event"] for unit in box.units if "event" in unit.view]
        ticks = [unit.view["tick"] for unit in box.units if "tick" in unit.view]
        context = {**shared, "name": box.name, "account": naming.component(graph.name, "watch")}
        found[name] = get("eventsource.yaml.j2").render(context, events=events, ticks=ticks)
    for part, boxes in (("record", layout.record), ("claim", layout.claim), ("submit", layout.submit)):
        account = naming.component(graph.name, part)
        for box in boxes:
            views = [unit.view for unit in box.units]
            context = {**shared, "name": box.name, "account": account, "zone": box.zone}
            name = "sensor" + box.name.removeprefix(graph.name)
            if part == "submit":
                found[name] = get("submit.yaml.j2").render(context, nodes=views, is_shadow=graph.is_shadow)
            else:
                found[name] = get("ledger.yaml.j2").render(context, triggers=views, dependencies=_flat(views))
    holders = accounts(layout.plan)
    if holders:
        found["rbac"] = get("rbac.yaml.j2").render(shared, accounts=holders)
    return {f"{graph.name}-{name}.yaml": text for name, text in found.items()}


def _frame(graph: Graph) -> dict[str, dict[str, Json]]:
    """What every EventSource and Sensor of the graph has alike, by where it stands: in `spec`, `template`, `container`."""
    spec: dict[str, Json] = {}
    if graph.event_bus != "default":
        spec["eventBusName"] = graph.event_bus
    if graph.pods.replicas > 1:
        spec["replicas"] = graph.pods.replicas
    return {"spec": spec, "template": graph.pods.template, "container": graph.pods.container}


def _flat(views: Iterable[Mapping[str, object]]) -> list[object]:
    return [detail for view in views for detail in view["details"]]  # type: ignore[attr-defined]


def kustomization(graph_files: Iterable[str], sources: Iterable[str], templates: Templates) -> str:
    """The text of kustomization.yaml over all generated files."""
    template = templates.environment.get_template(f"{KUSTOMIZATION}.j2")
    return template.render(header=header(sources), resources=sorted(graph_files), config=KUSTOMIZE_CONFIG)


def kustomize_config(
    layouts: Iterable[Layout],
    sources: Iterable[str],
    references: Iterable[tuple[str, str, str]],
    templates: Templates,
) -> str:
    """The text of kustomizeconfig.yaml: where the names and the namespace of an overlay have to go.

    An event on another namespace than its graph's stays where it is. `references` are further ones to those that every
    graph has: the kind that is named, the kind that names it, and the path there.
    """
    plans = [layout.plan for layout in layouts]
    events = {
        event.name for plan in plans for event in plan.events if event.namespace == plan.graph.namespace
    }
    template = templates.environment.get_template(f"{KUSTOMIZE_CONFIG}.j2")
    return template.render(header=header(sources), events=sorted(events), references=sorted(set(references)))


def header(sources: Iterable[str]) -> str:
    """The first line of every file; names files, never folders, so that it is the same on every host."""
    names = ", ".join(sorted(set(map(naming.file_name, sources))))
    return f"# Code generated by depgen from {names}. DO NOT EDIT."
