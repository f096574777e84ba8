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


# The graphs of a folder, with other content for some paths.
Read = Callable[[str, Mapping[str, bytes]], Inputs]
# The manifests to hold graphs against.
Manifests = Callable[[], tuple[InputFile, ...]]


@dataclass(frozen=True)
class View:
    """A folder at one moment. `now` is in seconds since 1970, `encoding` that of the editor's columns."""

    inputs: Inputs
    manifests: tuple[InputFile, ...]
    now: float
    encoding: str

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
        """The graphs without an environment."""
        return pipeline.check(self.inputs.load(), self.manifests, self.now)

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
    encoding: str = "utf-16"
    buffers: dict[str, bytes] = field(default_factory=dict)

    def put(self, path: str, text: str) -> None:
        """A file is open, with this text."""
        self.buffers[path] = text.encode("utf-8", "replace")

    def view(self, path: str) -> View:
        """The folder of a file, as it is now."""
        folder = str(Path(path).parent)
        mine = {open_: raw for open_, raw in self.buffers.items() if str(Path(open_).parent) == folder}
        return View(self.read(folder, mine), self.manifests(), self.clock(), self.encoding)
