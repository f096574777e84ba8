"""The pictures of README and docs, drawn as `depgen graph -o svg` draws them: `python docs/make_pictures.py [--check]`."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

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

ROOT = Path(__file__).parents[1]
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


def pictures() -> dict[str, str]:
    """Each file's name and what it should hold."""
    found = {f"{name}.svg": _plain(name, files) for name, files in PICTURES.items()}
    return found | {"critical-path.svg": _critical(), "changes.svg": _changes()}


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


def main(arguments: list[str]) -> int:
    """Writes the folder, or says which pictures are stale; returns the exit code."""
    parser = argparse.ArgumentParser(description="Draw docs/pictures from the examples.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a picture is stale")
    is_check = parser.parse_args(arguments).check
    wanted = pictures()
    held = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.svg")}
    stale = sorted(name for name in wanted.keys() | held.keys() if wanted.get(name) != held.get(name))
    if is_check and stale:
        sys.stderr.write(f"{', '.join(stale)} in docs/pictures: run python docs/make_pictures.py\n")
        return 1
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8", newline="\n")
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
