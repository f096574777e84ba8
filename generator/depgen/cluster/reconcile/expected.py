"""The facts that should be there: what the rendered record and claim programs make of the Workflows that exist.

The programs run without their limit on age (`now` is 0), so that `fresh` is false only for what is nobody's. All
programs of one event run as one, because reading a Workflow costs more than running a program on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from depgen import engine
from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS, Cluster, Object
from depgen.runnable import Recorder, Runnable, Watched

LABEL_INVALID = "depgen.io/invalid"
# Of very many programs as one, jq takes longer to compile than the reading saves.
_MOST = 16


@dataclass
class Wanted:
    """What a ledger should hold at least."""

    labels: Mapping[str, str]
    data: dict[str, str] = field(default_factory=dict)


@dataclass
class Expected:
    """By the name of the ledger. `unmappable` are completions without a key, by the entry that tells of them."""

    ledgers: dict[str, Wanted] = field(default_factory=dict)
    unmappable: dict[str, str] = field(default_factory=dict)
    objects: int = 0

    def add(self, told: Mapping[str, Any]) -> None:
        """What a program made of an object that is its business."""
        if LABEL_INVALID in told["labels"]:
            self.unmappable |= told["data"]
        elif told["data"]:
            self.want(told["name"], told["labels"], told["data"])

    def want(self, ledger: str, labels: Mapping[str, str], data: Mapping[str, str]) -> None:
        """Entries that a ledger should have."""
        self.ledgers.setdefault(ledger, Wanted(labels)).data.update(data)


class _Listed(NamedTuple):
    resource: str
    namespace: str
    selector: str


Asked = Sequence[tuple[str, engine.Program]]


class Earlier:
    """What programs made of objects in the last pass, which they would make again of those that are as they were.

    For who passes often over thousands of objects and has the memory.
    """

    def __init__(self) -> None:
        self._programs: Runnable | None = None
        self._last: dict[tuple[_Listed, str, str], list[Mapping[str, Any]]] = {}
        self._made: dict[tuple[_Listed, str, str], list[Mapping[str, Any]]] = {}

    def begin(self, programs: Runnable) -> None:
        """A pass, maybe with other programs."""
        self._last = self._made if programs is self._programs else {}
        self._programs, self._made = programs, {}

    def of(self, where: _Listed, thing: Object, asked: Asked) -> list[Mapping[str, Any]]:
        """What is made of an object."""
        key = (where, thing["metadata"]["uid"], thing["metadata"]["resourceVersion"])
        found = self._last.get(key)
        self._made[key] = found = _made(thing, asked) if found is None else found
        return found


def expected(cluster: Cluster, programs: Runnable, earlier: Earlier | None = None) -> Expected:
    """Lists the objects of every event once, and asks the programs."""
    found = Expected()
    if earlier is not None:
        earlier.begin(programs)
    listed: dict[_Listed, list[Recorder]] = {}
    for recorder in (*programs.recorders, *programs.claimers):
        listed.setdefault(_listed(recorder.event), []).append(recorder)
    for where, recorders in listed.items():
        asked = together(recorders)
        resource = CONFIG_MAPS if where.resource == "configmaps" else WORKFLOWS
        zone = asked[0][0]
        with engine.zone_of_process(zone):  # to change it for each object would take an eighth of the time
            for thing in cluster.list(resource, where.namespace, where.selector):
                found.objects += 1
                for told in earlier.of(where, thing, asked) if earlier else _made(thing, asked):
                    found.add(told)
    return found


def _made(thing: Object, asked: Asked) -> list[Mapping[str, Any]]:
    return [told for told in outcomes(asked, {"type": "ADD", "body": _lean(thing)}) if told["fresh"]]


def _listed(event: Watched) -> _Listed:
    return _Listed(event.resource, event.namespace, event.selector)


def together(recorders: Iterable[Recorder]) -> list[tuple[str, engine.Program]]:
    """A few programs, each with its zone, which give the results of all recorders."""
    texts: dict[str, dict[str, None]] = {}
    for recorder in recorders:
        texts.setdefault(recorder.zone, {})[recorder.program.text] = None
    return [
        (zone, engine.compiled(_together(list(found)[start : start + _MOST])))
        for zone, found in texts.items()
        for start in range(0, len(found), _MOST)
    ]


def _together(texts: list[str]) -> str:
    """Each in a def of its own: jq bounds the size of one."""
    defs = "".join(f"def r{number}: ({text}\n);\n" for number, text in enumerate(texts))
    return f"def now: 0;\n{defs}[{', '.join(f'r{number}' for number in range(len(texts)))}]"


def outcomes(asked: Asked, event: Object) -> Iterator[Mapping[str, Any]]:
    """What every program makes of an event."""
    for zone, program in asked:
        yield from program.first(event, zone)


def _lean(thing: Object) -> Object:
    """Without who wrote what, which is often half of it and no program's business."""
    metadata = {name: value for name, value in thing["metadata"].items() if name != "managedFields"}
    return {**thing, "metadata": metadata}
