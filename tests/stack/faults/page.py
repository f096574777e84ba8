"""Writes into docs/faults.md what is not for people to write: the list of faults, and the table of a real run.

`python -m tests.stack.faults.page` writes the list; `make faults` writes the table when it went through all faults.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tests.stack.faults.fault import Fault, Row, table
from tests.stack.faults.table import FAULTS

import depgen

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "faults.md"
RUN, LIST = "a run of all faults", "the faults"
COMPONENTS = {
    "Argo Events": ("events", "github.com/argoproj/argo-events"),
    "Argo Workflows": ("workflows", "github.com/argoproj/argo-workflows/v3"),
    "nats-server": ("nats", "github.com/nats-io/nats-server/v2"),
    "Kubernetes": ("kube", "k8s.io/kubernetes"),
}


def write_run(rows: list[Row], seed: int) -> None:
    """Puts the table of this run into the page."""
    block = f"depgen {depgen.__version__}, {_versions()}; seed {seed}.\n\n{table(rows)}"
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), RUN, block), encoding="utf-8")


def listing(faults: Iterable[Fault]) -> str:
    """What happens, and why nothing may come of it, in Markdown."""
    lines = ["| fault | what happens | why nothing may come of it | CI |", "|---|---|---|---|"]
    for fault in faults:
        lines.append(f"| `{fault.name}` | {fault.story} | {fault.why} | {'yes' if fault.is_quick else ''} |")
    return "\n".join(lines)


def replaced(text: str, title: str, block: str) -> str:
    """The text with another block between the two comments of that title."""
    start, end = f"<!-- begin: {title} -->", f"<!-- end: {title} -->"
    before, _, rest = text.partition(start)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"the page has no comments {start} and {end}")
    return f"{before}{start}\n\n{block}\n\n{end}{after}"


def _versions() -> str:
    found = []
    for name, (folder, module) in COMPONENTS.items():
        text = (ROOT / "tests/stack/go" / folder / "go.mod").read_text(encoding="utf-8")
        version = re.search(rf"{re.escape(module)} v(\S+)", text)
        assert version is not None, f"{folder}/go.mod does not name {module}"
        found.append(f"{name} {version[1]}")
    return ", ".join(found)


if __name__ == "__main__":
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), LIST, listing(FAULTS)), encoding="utf-8")
