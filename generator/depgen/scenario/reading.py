"""A scenario file to a Story: its form by the schema, its times in its zone, its graph beside it.

Every mistake is found in one run and told with its line, as for graphs. A graph that is written inside the file stays
where it is for its own findings: the lines around it are blanked out, not cut off.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from depgen import pipeline
from depgen.diagnostics import Diagnostic, Finding, Place, Route, Severity
from depgen.document import Document
from depgen.errors import DepgenError
from depgen.filetext import FileText
from depgen.locating import located
from depgen.pipeline import InputFile
from depgen.play import Ending
from depgen.scenario import mentions, overlay, story
from depgen.scenario.expecting import expectation
from depgen.scenario.moments import Clock, seconds
from depgen.scenario.page import Data, Page
from depgen.scenario.steps import Steps
from depgen.scenario.story import Story
from depgen.structure import validate_as
from depgen.times import is_zone

SUFFIX = ".scenario.yaml"
SCHEMA = "scenario.schema.json"
Read = Callable[[str], Sequence[InputFile]]
_HOUR = 3600.0


def read(file: InputFile, read_graph: Read) -> tuple[Story | None, tuple[Finding, ...]]:
    """The story of a file, None if there are findings. `read_graph` reads a graph file by its path; it may raise."""
    loaded = pipeline.load([file])
    document = loaded.documents.get(file.path)
    found = list(loaded.problems)
    made = None
    if document is not None:
        found += [_no_story(document)] if _is_graph(document) else validate_as(document, SCHEMA)
        if not any(one.severity is Severity.ERROR for one in found):
            page = Page(document, found)
            made = _Reader(page, loaded.texts[file.path], read_graph).story()
    findings = located(found, loaded)
    return (None if findings else made), findings


def _is_graph(document: Document) -> bool:
    """What somebody meant who named the graph: its scenarios."""
    return isinstance(document.data, dict) and {"graph", "nodes"} <= document.data.keys()


def _no_story(document: Document) -> Diagnostic:
    hint = f"name its scenarios (*{SUFFIX}), or their folder"
    return Diagnostic(Place(document.path, ()), "missing-field", "this is a graph, no scenario of one", hint)


@dataclass(frozen=True)
class _Reader:
    """Reads one file whose form is right."""

    page: Page
    text: FileText
    read_graph: Read

    @property
    def data(self) -> Data:
        return self.page.data

    def story(self) -> Story | None:
        files = self._files()
        if files is None:
            return None
        files = overlay.overlaid(files, self.data.get("overlay") or {})
        self.page.found.extend(mentions.unknown(self.page.document.path, self.data, files))
        zone = self._zone(files)
        if zone is None:
            return None
        clock = Clock(zone, self.page.day(("start",), self.data["start"][:10], date(2000, 1, 1)))
        start = self.page.moment(clock, ("start",), self.data["start"])
        steps = tuple(Steps(self.page, clock, start).all())
        last = steps[-1].at if steps else start
        stack = self.data.get("stack") or {}
        return Story(
            path=self.page.document.path,
            title=self.data["scenario"],
            files=files,
            clock=clock,
            start=start,
            end=self._end(clock, last),
            sweep_every=self._sweep(),
            seed=self.data.get("seed", 0),
            endings=_endings(self.data.get("runs") or {}),
            steps=steps,
            expect=expectation(self.page, clock, ("expect",), self.data["expect"], is_last=True),
            stack=story.OnStack(
                self.page.moment(clock, ("stack", "near"), stack["near"]) if "near" in stack else None,
                stack.get("skip", ""),
                stack.get("sweep", False),
            ),
            environment=self.data.get("environment", ""),
        )

    # ---- the graph ----

    def _files(self) -> tuple[InputFile, ...] | None:
        given = self.data.get("graph", "graph.yaml")
        if isinstance(given, dict):
            return (InputFile(self.page.document.path, self._inline()),)
        folder = PurePath(self.page.document.path).parent
        files: list[InputFile] = []
        for number, name in enumerate([given] if isinstance(given, str) else given):
            route: Route = ("graph",) if isinstance(given, str) else ("graph", number)
            try:
                files += self.read_graph(str(folder / name))
            except DepgenError as error:
                self.page.report(route, "no-graph", str(error), "name the graph file, relative to this one")
        return tuple(files) if len(files) else None

    def _inline(self) -> bytes:
        """The lines of the graph, at their lines."""
        first = self.page.document.position(("graph",)).line
        key = self.page.document.position(("graph",), at_key=True).line
        lines = self.text.characters.splitlines(keepends=True)
        if first == key:  # in flow style: its lines do not stand for themselves
            return json.dumps(self.data["graph"]).encode()
        last = next((n for n, text in enumerate(lines[key:], key) if text[:1].strip(" \n\r#")), len(lines))
        return ("\n" * key + "".join(lines[key:last])).encode()

    def _zone(self, files: Iterable[InputFile]) -> str | None:
        """The scenario's zone, else that of its graph, which is told of elsewhere if it has none."""
        zone = self.data.get("timezone")
        if zone is None:
            loaded = pipeline.load(files)
            named = (d.data.get("timezone") for d in loaded.documents.values() if isinstance(d.data, dict))
            return next((text for text in named if isinstance(text, str) and is_zone(text)), "UTC")
        if not is_zone(zone):
            message = f'timezone "{zone}" is not an IANA zone of the form region/city'
            self.page.report(("timezone",), "unknown-timezone", message, 'write it as in "Europe/Paris"')
            return None
        return str(zone)

    def _sweep(self) -> float | None:
        given = self.data.get("sweep", "5m")
        return None if given == "never" else seconds(given)

    def _end(self, clock: Clock, last: float) -> float:
        if "end" not in self.data:
            return last + _HOUR
        end = self.page.moment(clock, ("end",), self.data["end"])
        if end < last:
            message = f'"end" is {clock.shown(end)}, before the last step at {clock.shown(last)}'
            self.page.report(("end",), "step-order", message, "let it end later")
        return end


def _endings(given: Data) -> dict[str, Ending | None]:
    found: dict[str, Ending | None] = {"default": Ending(300)}
    for node, how in given.items():
        takes = how.get("takes", "5m")
        if takes == story.FOREVER:
            found[node] = None
        else:
            found[node] = Ending(seconds(takes), how.get("phase", "Succeeded"), how.get("outputs") or {})
    return found
