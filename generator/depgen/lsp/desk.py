"""The files as an editor has them: what is open in place of what is on disk, and the rest of the folder with it.

A graph is all files of its folder that say they are of it, so an edit of one may be a mistake in another. Nothing is kept
between two looks: folders change behind an editor's back, and reading one again costs less than knowing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from depgen import pipeline
from depgen.diagnostics import Finding
from depgen.fixing.tree import Page
from depgen.lsp.lines import Lines
from depgen.lsp.spots import Name, names, page
from depgen.pipeline import Checked, InputFile, Loaded


class Inputs(Protocol):
    """Files that were read, and how they are loaded."""

    @property
    def files(self) -> Sequence[InputFile]: ...
    def holding(self, raws: Mapping[str, bytes]) -> Inputs: ...
    def load(self) -> Loaded: ...


# The graphs of a folder ("": of none), with other content for some paths.
Read = Callable[[str, Mapping[str, bytes]], Inputs]
# The manifests to hold graphs against.
Manifests = Callable[[], tuple[InputFile, ...]]


@dataclass(frozen=True)
class View:
    """A folder at one moment. `now` is in seconds since 1970, `encoding` that of the editor's columns.

    `saved` reads the folder as it is on disk, `uris` are the editor's own names of the files that it has open,
    `rules` what there is to say on each rule.
    """

    inputs: Inputs
    saved: Callable[[], Inputs]
    manifests: tuple[InputFile, ...]
    now: float
    encoding: str
    uris: Mapping[str, str]
    rules: Mapping[str, str]

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The graphs by path, without what they name."""
        return {file.path: file.raw for file in self.inputs.files if not file.is_companion}

    @cached_property
    def texts(self) -> dict[str, str]:
        """The graphs' texts by path."""
        return {path: raw.decode("utf-8-sig", "replace") for path, raw in self.files.items()}

    @cached_property
    def pages(self) -> dict[str, Page]:
        """Those that are YAML."""
        return {path: found for path, text in self.texts.items() if (found := page(text)) is not None}

    @cached_property
    def names(self) -> dict[str, list[Name]]:
        """The nodes that each of them names."""
        return {path: names(page) for path, page in self.pages.items()}

    @cached_property
    def checked(self) -> Checked:
        """The graphs by themselves: without an environment, and whatever the manifests are."""
        return pipeline.check(self.inputs.load())

    @cached_property
    def saved_names(self) -> dict[str, list[Name]]:
        """The nodes that the saved files name."""
        texts = {file.path: file.raw.decode("utf-8-sig", "replace") for file in self.saved().files}
        return {path: names(found) for path, text in texts.items() if (found := page(text)) is not None}

    def uri(self, path: str) -> str:
        """How the editor calls a file."""
        return self.uris.get(path) or Path(path).absolute().as_uri()

    def lines(self, path: str) -> Lines:
        """The lines of one of the graphs."""
        return Lines(self.texts.get(path, ""), self.encoding)

    def findings(self, files: Mapping[str, bytes] | None = None) -> tuple[Finding, ...]:
        """What `depgen lint` finds in the folder; with other content, if some is given."""
        inputs = self.inputs.holding(files) if files else self.inputs
        return pipeline.check_everywhere(inputs.load(), self.manifests, self.now)


@dataclass
class Desk:
    """The open files by path, and how the others are read."""

    read: Read
    manifests: Manifests
    clock: Callable[[], float]
    rules: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-16"
    buffers: dict[str, bytes] = field(default_factory=dict)
    uris: dict[str, str] = field(default_factory=dict)

    def put(self, path: str, uri: str, text: str) -> None:
        """A file is open, with this text."""
        self.uris[path], self.buffers[path] = uri, text.encode("utf-8", "replace")

    def drop(self, path: str) -> None:
        """A file is closed."""
        self.uris.pop(path, None)
        self.buffers.pop(path, None)

    def has_open(self, folder: str) -> bool:
        """Whether a file of a folder is open."""
        return any(str(Path(path).parent) == folder for path in self.buffers)

    def view(self, path: str) -> View:
        """The folder of an open file, as it is now; of one that is not open, nothing."""
        folder = str(Path(path).parent) if path in self.buffers else ""
        # A copy of them, made at once: another thread opens files while this one reads.
        buffers = dict(self.buffers)
        mine = {open_: raw for open_, raw in buffers.items() if str(Path(open_).parent) == folder}
        return View(
            inputs=self.read(folder, mine),
            saved=lambda: self.read(folder, {}),
            manifests=self.manifests(),
            now=self.clock(),
            encoding=self.encoding,
            uris=dict(self.uris),
            rules=self.rules,
        )
