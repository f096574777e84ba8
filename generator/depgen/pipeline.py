"""The stages in a row: load -> assemble -> analyse -> lint -> plan -> render.

One short function a goal; a stage that finds mistakes in the user's files does not stop the ones after it that can
still say something useful, and nothing is rendered while there is an error.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from depgen import (
    assets,
    budgets,
    environments,
    flux,
    forms,
    lint,
    manifests,
    naming,
    render,
    sweeper,
)
from depgen.analyse import Analysis, analyse
from depgen.assemble import assemble
from depgen.calendars import inlined
from depgen.diagnostics import Diagnostic, Finding, Severity
from depgen.errors import InternalError
from depgen.extras import Extra
from depgen.filetext import FileText
from depgen.load import Document
from depgen.load import load as load_text
from depgen.locating import located
from depgen.manifest_text import ManifestText
from depgen.model import Graph
from depgen.planning import plan
from depgen.render import Layout, Templates, lay_out
from depgen.summarise import summarise
from depgen.summary import GraphSummary

_CANONICAL = json.JSONEncoder(sort_keys=True, check_circular=False)


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file as it was read; `path` is how the user is told of it. A companion is no graph, but named by one."""

    path: str
    raw: bytes
    is_companion: bool = False


@dataclass(frozen=True)
class Loaded:
    """The files as data, what is wrong with their text, and which of the graphs' environments is meant ("": none).

    `namespace` is where an overlay of what was built has moved the graphs to ("": nowhere).
    `companions` are the files that calendars name, and their locks; `manifests` those that the graphs are held against.
    """

    texts: dict[str, FileText]
    documents: dict[str, Document]
    problems: tuple[Diagnostic, ...]
    environment: str = ""
    companions: dict[str, FileText] = field(default_factory=dict)
    namespace: str = ""
    manifests: dict[str, ManifestText] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The same digest means the same output: it covers the data, not its order, and depgen itself."""
        data = sorted(_CANONICAL.encode(document.data) for document in self.documents.values())
        data += [self.companions[path].characters for path in sorted(self.companions)]
        return hashlib.sha256(
            "\0".join(
                [assets.digest(), self.environment, *sorted(map(naming.file_name, self.documents)), *data]
            ).encode()
        ).hexdigest()


@dataclass(frozen=True)
class Checked:
    """What the stages up to lint found. `layouts` is empty if there is an error; `documents` are as written."""

    documents: dict[str, Document]
    graphs: tuple[Graph, ...]
    analyses: dict[str, Analysis]
    findings: tuple[Finding, ...]
    layouts: tuple[Layout, ...]
    environment: str = ""

    @property
    def has_errors(self) -> bool:
        """Whether anything found keeps the graphs from being built."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True)
class Bundle:
    """What a build writes: file name -> text, sorted by name, without the lock."""

    files: dict[str, str]

    @property
    def manifests(self) -> dict[str, str]:
        """The files that hold objects; the others tell Kustomize of the folder, and no API server knows their kinds."""
        folder = (render.KUSTOMIZATION, render.KUSTOMIZE_CONFIG)
        return {name: text for name, text in self.files.items() if name not in folder}

    def objects(self) -> list[dict[str, Any]]:
        """Every object, file by file."""
        # A build alone parses nothing that it wrote, and PyYAML costs a quarter of the start-up.
        from depgen import rendered

        return rendered.objects(self.manifests.values())


def load(inputs: Iterable[InputFile], environment: str = "") -> Loaded:
    """Read every file; a file that is no YAML is left out and told of."""
    texts: dict[str, FileText] = {}
    documents: dict[str, Document] = {}
    problems: list[Diagnostic] = []
    companions: dict[str, FileText] = {}
    for file in inputs:
        text = texts[file.path] = FileText(file.path, file.raw)
        if file.is_companion:
            companions[file.path] = text
            continue
        document, found = load_text(file.path, file.raw)
        problems += found
        if document is not None:
            documents[file.path] = document
    return Loaded(texts, documents, tuple(problems), environment, companions)


def check(loaded: Loaded, manifest_files: Sequence[InputFile] = (), now: float | None = None) -> Checked:
    """Every mistake in one run, sorted by position; the layout of the objects if there is none.

    The manifests may be all there is. `now` is for what will be wrong soon: seconds since 1970, None if nobody can do
    something about it.
    """
    return _check_first(*_with_manifests(loaded, manifest_files), now)


def check_everywhere(
    loaded: Loaded, manifest_files: Sequence[InputFile] = (), now: float | None = None
) -> tuple[Finding, ...]:
    """What is wrong without an environment, and in each that there is; what is wrong in several is told once."""
    loaded, given = _with_manifests(loaded, manifest_files)
    findings = _check_first(loaded, given, now).findings
    elsewhere: dict[Finding, list[str]] = {}
    for name in environments.names(loaded.documents):
        there = replace(loaded, environment=name)
        for finding in _check(there, list(loaded.problems), given, now).findings:
            if finding not in findings:
                elsewhere.setdefault(finding, []).append(name)
    told = [replace(f, message=_of_environments(f.message, names)) for f, names in elsewhere.items()]
    return tuple(sorted([*findings, *told], key=lambda f: (f.position, f.rule, f.message)))


def _with_manifests(loaded: Loaded, files: Sequence[InputFile]) -> tuple[Loaded, manifests.Files]:
    given = manifests.read_files((file.path, file.raw) for file in files)
    return replace(loaded, manifests=given.texts), given


def _check_first(loaded: Loaded, given: manifests.Files, now: float | None) -> Checked:
    """With what is wrong whatever the environment is."""
    found = [*loaded.problems, *given.problems, *lint.run_on_manifests(given.items)]
    if loaded.environment:
        found += environments.unknown(loaded.documents, loaded.environment)
    return _check(loaded, found, given, now)


def _of_environments(message: str, names: Sequence[str]) -> str:
    """The message with the environments it is about, unless it begins with that."""
    return message if message.startswith("environment ") else f"{message} (environment {', '.join(names)})"


def _check(written: Loaded, found: list[Diagnostic], given: manifests.Files, now: float | None) -> Checked:
    laid = forms.overlaid(written.documents, written.environment, found)
    loaded = replace(written, documents=environments.moved(laid, written.namespace))
    usable, broken = forms.usable(loaded.documents, found)
    graphs, problems = assemble(usable, broken, loaded.companions)
    found += problems
    analyses = {graph.name: analyse(graph) for graph in graphs}
    found += _lint(graphs, analyses, given, now)
    layouts: tuple[Layout, ...] = ()
    if not any(diagnostic.severity is Severity.ERROR for diagnostic in found):
        layouts = _layouts(graphs, analyses)
        found += budgets.check(layouts)
        for graph in graphs:
            found += sweeper.check(graph, _data(written.documents, graph, written.environment))
    findings = located(found, loaded)
    return Checked(written.documents, tuple(graphs), analyses, findings, layouts, written.environment)


def _layouts(graphs: Iterable[Graph], analyses: Mapping[str, Analysis]) -> tuple[Layout, ...]:
    templates = Templates()
    return tuple(lay_out(plan(graph, analyses[graph.name].every), templates) for graph in graphs)


def build(checked: Checked, extras: Iterable[Extra] = ()) -> Bundle:
    """The files of graphs that have no errors, and those of what is to be built beside them."""
    if checked.has_errors:
        raise InternalError("a graph with errors was to be built")
    templates = Templates()
    files: dict[str, str] = {}
    for layout in checked.layouts:
        files |= render.files(layout, templates)
        graph = layout.plan.graph
        environment = checked.environment
        written = _data(checked.documents, graph, environment)
        files |= sweeper.file(graph, written, templates, environment)
    if files:
        wanted = list(extras)
        for extra in wanted:
            files |= extra.files(checked.layouts, templates)
        files = {name: flux.kept(text) for name, text in files.items()}
        references = [reference for extra in wanted for reference in extra.references]
        sources = [path for graph in checked.graphs for path in graph.files]
        files[render.KUSTOMIZATION] = render.kustomization(files, sources, templates)
        files[render.KUSTOMIZE_CONFIG] = render.kustomize_config(
            checked.layouts, sources, references, templates
        )
    return Bundle({name: files[name] for name in sorted(files)})


def live(checked: Checked) -> Checked:
    """The graphs as if none of them were in shadow mode: what is forecast of those is what they would submit."""
    if checked.has_errors or not any(graph.is_shadow for graph in checked.graphs):
        return checked
    graphs = tuple(replace(graph, is_shadow=False) for graph in checked.graphs)
    return replace(checked, graphs=graphs, layouts=_layouts(graphs, checked.analyses))


def summaries(checked: Checked, most: int | None = None) -> tuple[GraphSummary, ...]:
    """The graphs in plain words, without building them; of large ones at most `most` runs."""
    return tuple(
        summarise(layout, checked.analyses[layout.plan.graph.name], most) for layout in checked.layouts
    )


def _data(documents: Mapping[str, Document], graph: Graph, environment: str) -> list[dict[str, Any]]:
    """What the files of a graph say without other files, of all its environments only of this one."""
    written = (cast(dict[str, Any], documents[path].data) for path in graph.files)
    return [inlined(environments.alone(data, environment), graph.calendars) for data in written]


# ---- stages ----


def _lint(
    graphs: Sequence[Graph], analyses: Mapping[str, Analysis], files: manifests.Files, now: float | None
) -> list[Diagnostic]:
    others = {graph.name: graph for graph in graphs}
    spaces = {graph.namespace for graph in graphs} if files.texts else ()
    given = {namespace: files.within(namespace) for namespace in spaces}
    return lint.run(
        [
            lint.Subject(
                graph,
                analyses[graph.name],
                others,
                given.get(graph.namespace, manifests.NO_MANIFESTS),
                dict(analyses),
                now,
            )
            for graph in graphs
        ]
    )
