"""`python -m tests.golden.remake` writes every example's out/ anew."""

from __future__ import annotations

import shutil

from tests.golden.examples import EXAMPLES, compiled


def main() -> None:
    """Replace each out/ folder; git shows what changed."""
    for example in EXAMPLES:
        out = example / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        for name, text in compiled(example).files.items():
            (out / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
