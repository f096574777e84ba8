"""`python -m tests.house.verbs` prints what each ServiceAccount of examples/01-nightly-etl may do, as it is rendered.

With a sweeper, which that example does not have.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.compiled import compile_texts
from tests.house.quotes import ROOT

TITLES = ("ServiceAccount", "resource", "verbs")


def rows() -> Iterator[tuple[str, str, str]]:
    """(account, resource, verbs), one a rule."""
    text = (ROOT / "examples/01-nightly-etl/graph.yaml").read_text(encoding="utf-8")
    compiled = compile_texts(text.replace("nodes:\n", "sweeper: {image: depgen}\nnodes:\n"))
    for (kind, name), role in compiled.objects.items():
        if kind == "Role":
            for rule in role["rules"]:
                yield name, rule["resources"][0], ", ".join(rule["verbs"])


def main() -> None:
    """Print the table."""
    table = [TITLES, *rows()]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        print("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
