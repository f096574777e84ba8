"""What every `docs/make_*.py` does with the texts that it made: write them, or say which file is not what it should be.

A file that is as it should be is not touched. With `--check` nothing is written, and the exit code is 1 if a file is stale.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def keep(wanted: Mapping[Path, str], held: Iterable[Path] = ()) -> int:
    """The exit code of the script that is run. What is `held` and not wanted is removed."""
    script = Path(sys.argv[0]).name
    parser = argparse.ArgumentParser(description=f"Write what docs/{script} makes.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is stale")
    is_check = parser.parse_args().check
    stale = [path for path in sorted({*wanted, *held}) if _text(path) != wanted.get(path)]
    for path in stale:
        if is_check:
            sys.stderr.write(f"{path.relative_to(ROOT).as_posix()} is stale; run python docs/{script}\n")
        elif path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8", newline="\n")
        else:
            path.unlink()
    return int(is_check and bool(stale))


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
