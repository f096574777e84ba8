"""Manifests and the graph that an import makes of them: a case is a folder, `expected.yaml` in it is the graph.

A new case is a new folder, and `python -m tests.unit.import_cases.remake` writes its graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from depgen.cluster.importing import Found, Wishes, graph_text, read_files

HERE = Path(__file__).parent
EXPECTED = "expected.yaml"


@dataclass(frozen=True)
class Case:
    """One folder."""

    path: Path

    @property
    def expected(self) -> Path:
        """Where its graph is kept."""
        return self.path / EXPECTED

    def found(self) -> Found:
        """What is read of its manifests."""
        files = [path for path in sorted(self.path.glob("*.yaml")) if path.name != EXPECTED]
        return read_files((path.name, path.read_bytes()) for path in files)

    def graph(self) -> str:
        """What the import makes of them."""
        return graph_text(self.found(), Wishes())


CASES = [Case(path) for path in sorted(HERE.iterdir()) if path.is_dir() and any(path.glob("*.yaml"))]
