"""The pictures of README and docs, drawn as `depgen graph -o svg` draws them: `python docs/make_pictures.py [--check]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from depgen import pipeline
from depgen.page.drawing import drawing
from depgen.page.lineage import lineage
from depgen.page.styling import standalone
from depgen.pipeline import InputFile

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


def pictures() -> dict[str, str]:
    """Each file's name and what it should hold."""
    return {f"{name}.svg": _picture(name, files) for name, files in PICTURES.items()}


def _picture(name: str, files: tuple[str, ...]) -> str:
    inputs = [InputFile(file, (ROOT / "examples" / file).read_bytes()) for file in files]
    checked = pipeline.check(pipeline.load(inputs))
    return standalone(drawing(lineage(checked), title=name.replace("-", " ")))


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
