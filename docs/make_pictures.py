"""The pictures of README and docs, drawn as `depgen graph -o svg` draws them: `python docs/make_pictures.py [--check]`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from generated import ROOT, keep

from depgen import pipeline
from depgen.load import load as load_text
from depgen.page.drawing import drawing
from depgen.page.lineage import lineage
from depgen.page.making import Asked, make
from depgen.page.styling import standalone
from depgen.pipeline import Checked, InputFile
from depgen.simulate import profile
from depgen.simulate.forecasting import Wish, forecast
from depgen.simulate.supposing import Supposition

FOLDER = ROOT / "docs" / "pictures"
# A picture for each name, of these files of these examples.
PICTURES = {
    "nightly-etl": ("01-nightly-etl/graph.yaml",),
    "failures-and-choices": ("02-failures-and-choices/graph.yaml",),
    "windows-and-keys": ("03-windows-and-keys/graph.yaml",),
    "two-graphs": ("04-two-graphs/core.yaml", "04-two-graphs/marketing.yaml", "04-two-graphs/sales.yaml"),
    "clocks-and-sweep": ("07-clocks-and-sweep/graph.yaml",),
}
NIGHT, PROFILE = date(2026, 11, 21), "01-nightly-etl/usual.profile.yaml"
# What the older version of the picture of an edit had: text of the graph, and what stood there.
EDITS = (
    ("  sync-web:\n    source: {cronWorkflow: sync-web}\n", ""),
    (
        "[sync-sales, sync-stock, sync-web, analysis]",
        "[sync-sales, {node: sync-stock, status: done}, analysis]",
    ),
)


def pictures() -> dict[Path, str]:
    """What each file should hold."""
    found = {name: _plain(name, files) for name, files in PICTURES.items()}
    found |= {"critical-path": _critical(), "changes": _changes()}
    return {FOLDER / f"{name}.svg": text for name, text in found.items()}


def _plain(name: str, files: tuple[str, ...]) -> str:
    return standalone(drawing(lineage(_checked(files)), title=name.replace("-", " ")))


def _critical() -> str:
    """The first example on a usual night."""
    checked = _checked(PICTURES["nightly-etl"])
    document, _ = load_text(PROFILE, (ROOT / "examples" / PROFILE).read_bytes())
    assert document
    habits, _ = profile.read(document, checked.graphs)
    told, _ = forecast(checked, Wish(NIGHT, supposition=Supposition(habits)))
    return standalone(make(checked, Asked(0, "critical path", told=tuple(told))).drawing)


def _changes() -> str:
    """The first example beside what it could have been."""
    (file,) = PICTURES["nightly-etl"]
    text = (ROOT / "examples" / file).read_text(encoding="utf-8")
    for now, then in EDITS:
        assert now in text
        text = text.replace(now, then)
    older = pipeline.check(pipeline.load([InputFile(file, text.encode())]))
    return standalone(make(_checked((file,)), Asked(0, "changes", against=older)).drawing)


def _checked(files: tuple[str, ...]) -> Checked:
    inputs = [InputFile(file, (ROOT / "examples" / file).read_bytes()) for file in files]
    return pipeline.check(pipeline.load(inputs))


if __name__ == "__main__":
    sys.exit(keep(pictures(), FOLDER.glob("*.svg")))
