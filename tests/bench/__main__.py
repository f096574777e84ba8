"""`python -m tests.bench [--quick]` measures what docs/benchmarks.md reports; exit code 1 if a bound is broken."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench import compile as compiling
from tests.bench import forecast, frames, latency, page, sizes, startup
from tests.bench import sweep as sweeping
from tests.bench.measure import Figure
from tests.stack import build

ROUNDS = 7


def main() -> int:
    """Print a table as the figures come."""
    rounds = 3 if "--quick" in sys.argv[1:] else ROUNDS
    print(f"{'figure':58} {'measured':>14} {'bound':>12}")
    with tempfile.TemporaryDirectory(prefix="depgen-bench-") as folder:
        work = Path(folder)
        found = [*_told(sizes.figures()), *_told(startup.figures(work, rounds))]
        found += _told(compiling.figures(work, rounds))
        found += _told(forecast.figures(work, rounds))
        found += _told(page.figures(work, rounds))
        found += _told(frames.figures(work, rounds))
    found += _told(sweeping.figures())
    if reason := build.missing():
        print(f"no figures of the stack: {reason}")
    else:
        found += _told(latency.figures(pairs=10 * rounds))
    return 0 if all(figure.holds for figure in found) else 1


def _told(figures: list[Figure]) -> list[Figure]:
    for figure in figures:
        bound = "" if figure.bound is None else f"{figure.bound:,.10g}{figure.unit}"
        number = f"{figure.measured:,.0f}" if figure.measured >= 100 else f"{figure.measured:.2f}"
        verdict = "" if figure.holds else "  BROKEN"
        print(
            f"{figure.name:58} {number + figure.unit:>14} {bound:>12}{verdict}  {figure.note}".rstrip(),
            flush=True,
        )
    return figures


if __name__ == "__main__":
    sys.exit(main())
