"""Writes what is measured and listed into docs/faults.md: the list of faults, and the table of a real run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tests.stack.faults.fault import Fault, Row, table

RUN = "run of make faults"
LIST = "list of faults"


def write(path: Path, rows: list[Row]) -> None:
    """Replaces the table of the run."""
    path.write_text(replaced(path.read_text(encoding="utf-8"), RUN, table(rows)), encoding="utf-8")


def listing(faults: Iterable[Fault]) -> str:
    """What is broken and why nothing may come of it, in Markdown."""
    lines = ["| fault | what happens | why it is survived | in CI |", "|---|---|---|---|"]
    for fault in faults:
        done = (getattr(fault.do, "func", fault.do).__doc__ or "").split("\n")[0]
        lines.append(f"| `{fault.name}` | {done} | {fault.why} | {'yes' if fault.is_quick else ''} |")
    return "\n".join(lines)


def replaced(text: str, title: str, block: str) -> str:
    """The text with another block between the two comments of that title."""
    start, end = f"<!-- begin: {title} -->", f"<!-- end: {title} -->"
    found = re.sub(
        f"{re.escape(start)}.*{re.escape(end)}",
        lambda _: f"{start}\n\n{block}\n\n{end}",
        text,
        flags=re.DOTALL,
    )
    assert start in found, f"no comment {start}"
    return found
