"""`python -m tests.monitoring.remake` writes what is expected of each graph anew."""

from __future__ import annotations

from tests.monitoring.rendered import GRAPHS, HERE, text


def main() -> None:
    """Rewrite the expected files; git shows what changed."""
    for graph in GRAPHS:
        (HERE / "expected" / graph.name).write_text(text(graph.read_text()), encoding="utf-8")


if __name__ == "__main__":
    main()
