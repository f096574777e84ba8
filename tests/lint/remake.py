"""`python -m tests.lint.remake` writes the expected output of every failing case anew."""

from __future__ import annotations

from tests.lint.cases import errors


def main() -> None:
    """Rewrite the .out files; git shows what changed."""
    for case in errors():
        case.expected.write_text(case.output(), encoding="utf-8")


if __name__ == "__main__":
    main()
