"""`python -m tests.unit.import_cases.remake` writes the expected graph of every case anew."""

from __future__ import annotations

from tests.unit.import_cases.cases import CASES


def main() -> None:
    """Rewrite the graphs; git shows what changed."""
    for case in CASES:
        case.expected.write_text(case.graph(), encoding="utf-8")


if __name__ == "__main__":
    main()
