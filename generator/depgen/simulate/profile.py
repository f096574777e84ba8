"""The profile: when sources start, how long Workflows take and how they end, as a user supposes it.

It is no part of the graph and changes nothing that is built: it holds what nobody can read from the graph, and only as
much of it as the user cares to write. Durations are in seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.document import Document
from depgen.model import Graph, Node
from depgen.nearest import Names
from depgen.phrases import quoted
from depgen.structure import validate_as
from depgen.times import duration, is_zone

if TYPE_CHECKING:
    from depgen.cron import Schedule

SCHEMA = "profile.schema.json"


class Span(NamedTuple):
    """How long something takes: at least and at most."""

    shortest: int
    longest: int

    def drawn(self, seed: str) -> int:
        """One of the durations, always the same for the same seed, whatever else is drawn."""
        if self.shortest == self.longest:
            return self.shortest
        return Random(seed).randint(self.shortest, self.longest)  # noqa: S311 # nosec B311


USUAL = Span(300, 300)


class Habit(NamedTuple):
    """What is supposed of one node. Without schedules, nothing is said of when it starts."""

    schedules: tuple[Schedule, ...] = ()
    span: Span = USUAL
    phase: str = "Succeeded"
    outputs: Mapping[str, str] = {}


class Profile(NamedTuple):
    """The habits of nodes by (graph, node), and of those that are not named."""

    habits: Mapping[tuple[str, str], Habit] = {}
    otherwise: Habit = Habit()

    def of(self, graph: str, node: str) -> Habit:
        """What is supposed of a node."""
        return self.habits.get((graph, node), self.otherwise)


def read(document: Document, graphs: Sequence[Graph]) -> tuple[Profile, list[Diagnostic]]:
    """The profile in a file, and everything that is wrong with it; with findings it is not to be used."""
    found = validate_as(document, SCHEMA)
    if found:
        return Profile(), found
    return _Reader(document, graphs).profile()


class _Reader:
    """Reads one profile, whose form is right."""

    def __init__(self, document: Document, graphs: Sequence[Graph]) -> None:
        self._document = document
        self._graphs = graphs
        self._data = cast(dict[str, Any], document.data)
        self._defaults: dict[str, Any] = self._data.get("defaults", {})
        self._found: list[Diagnostic] = []
        self._names = Names([*(id_ for graph in graphs for id_ in graph.nodes), *self._qualified()])

    def profile(self) -> tuple[Profile, list[Diagnostic]]:
        """All of it."""
        self._zone(("defaults", "timezone"), self._defaults)
        usual = self._span(("defaults", "duration"), self._defaults) or USUAL
        habits: dict[tuple[str, str], Habit] = {}
        for name, said in self._data["nodes"].items():
            for graph, node in self._meant(name):
                habits[graph.name, node.id] = self._habit(name, said, graph, node, usual)
        return Profile(habits, Habit(span=usual)), list(dict.fromkeys(self._found))

    def _qualified(self) -> Iterator[str]:
        return (f"{graph.name}/{id_}" for graph in self._graphs for id_ in graph.nodes)

    def _meant(self, name: str) -> list[tuple[Graph, Node]]:
        """The nodes of a name: those of all graphs, if it names none."""
        chosen, _, id_ = name.rpartition("/")
        meant = [(g, g.nodes[id_]) for g in self._graphs if chosen in ("", g.name) and id_ in g.nodes]
        if not meant:
            guess = self._names.closest(name)
            hint = f'did you mean "{guess}"?' if guess else "remove it"
            self._tell(
                ("nodes", name), "unknown-field", f"there is no node {quoted(name)}", hint, at_key=True
            )
        return meant

    def _habit(self, name: str, said: dict[str, Any], graph: Graph, node: Node, usual: Span) -> Habit:
        route = ("nodes", name)
        return Habit(
            tuple(self._schedules(route, said, graph, node)),
            self._span((*route, "duration"), said) or usual,
            said.get("phase", "Succeeded"),
            {output: _text(value) for output, value in said.get("outputs", {}).items()},
        )

    def _schedules(
        self, route: tuple[str, ...], said: dict[str, Any], graph: Graph, node: Node
    ) -> Iterator[Schedule]:
        from depgen.cron import CronError, parse

        zone = self._zone((*route, "timezone"), said) or self._defaults.get("timezone") or graph.zone
        given = said.get("schedule", [])
        if given and node.run:
            message = f"node {quoted(node.id)} is a run: it starts when what it waits for is there"
            self._tell((*route, "schedule"), "bad-value", message, "remove its schedule")
        for text in [given] if isinstance(given, str) else given:
            try:
                yield parse(f"CRON_TZ={zone if is_zone(zone) else 'UTC'} {text}")
            except CronError as error:
                self._tell(
                    (*route, "schedule"), "cron-syntax", f"schedule {quoted(text)}: {error}", "correct it"
                )

    def _zone(self, route: tuple[str, ...], said: dict[str, Any]) -> str | None:
        zone: str | None = said.get("timezone")
        if zone is not None and not is_zone(zone):
            hint = 'write region/city, such as "Europe/Paris"'
            self._tell(route, "unknown-timezone", f"{quoted(zone)} is no IANA time zone", hint)
        return zone

    def _span(self, route: tuple[str, ...], said: dict[str, Any]) -> Span | None:
        given = said.get("duration")
        if not isinstance(given, dict):
            return Span(*(duration(given).seconds,) * 2) if given else None
        low, high = (duration(given[name]).seconds for name in ("from", "to"))
        if high < low:
            self._tell((*route, "to"), "bad-duration", '"to" is shorter than "from"', "swap them")
            return None
        return Span(low, high)

    def _tell(self, route: tuple[str, ...], rule: str, message: str, hint: str, at_key: bool = False) -> None:
        place = Place(self._document.path, route, at_key)
        self._found.append(Diagnostic(place, rule, message, hint, Severity.ERROR))


def _text(value: object) -> str:
    """An output as Argo has it: text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
