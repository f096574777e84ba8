"""Quotes in the documentation: a fenced block below a comment that says where its text comes from.

`python -m tests.house.quotes` names the quotes that are not what they claim, `--write` mends them (`make docs`).

    <!-- run: COMMAND -->             what a shell command prints, both streams, in a folder that holds `examples`
    <!-- shop NIGHT TIME: COMMAND --> the same for a depgen command, on the cluster of tests/house/shop.py
    <!-- file: PATH -->               a file of the repository
    <!-- file: PATH; FIRST; LAST -->  of it, the lines from the first that holds FIRST to the next that holds LAST
    <!-- graph -->                    a graph, or top-level fields of one, without findings (never rewritten)
    <!-- yaml -->, <!-- toml -->      other YAML or TOML that can be read (never rewritten)
    <!-- save: PATH -->               what the reader writes into a file of the page's own folder (never rewritten)
    <!-- append: PATH -->             the same at the end of it
    <!-- step: COMMAND -->            what a command prints in that folder, after all steps above it
    <!-- cluster: COMMAND -->         the same on a cluster; tests/stack/test_tutorial.py takes these steps (never rewritten)
    <!-- within: COMMAND; AFTER -->   what follows AFTER in the block is part of what a command prints (never rewritten)
    <!-- shown: WHY -->               nothing that could be run or read, and why (never rewritten)

In a `console` block the command stands above its output, after a `$`; of `SETUP && COMMAND` only the last part.
"""

from __future__ import annotations

import re
import sys
import tempfile
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from tests.house import walk
from tests.house.frame import findings
from tests.house.shell import printed
from tests.house.walk import Step

ROOT = Path(__file__).parents[2]

_KIND = r"run|file|graph|yaml|toml|save|append|step|cluster|within|shown|shop \w+ [0-9:+d]+?"
_BLOCK = re.compile(
    rf"<!-- (?P<kind>{_KIND})(?:: (?P<what>.*?))? -->\n```(?P<language>\w+)\n(?P<body>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Quote:
    """One such block. `line` is that of its comment; `body` ends in a line feed; `steps`: all of the page."""

    path: Path
    line: int
    kind: str
    what: str
    language: str
    body: str
    steps: tuple[Step, ...] = ()
    step: int = 0

    def problem(self) -> str:
        """Why the block is not what it claims to be, empty if it is."""
        if self.kind == "graph":
            return "\n".join(f"{f.position.line}: {f.text} [{f.rule}]" for f in findings(self.body))
        if self.kind == "yaml":
            return "" if list(yaml.safe_load_all(self.body)) else "empty"
        if self.kind == "toml":
            return "" if tomllib.loads(self.body) else "empty"
        if self.kind == "within":
            command, after = self.what.split("; ")
            part = " ".join(self.body.partition(after)[2].split())
            return "" if part and part in _output(command) else f"not in what is printed: {part}"
        return "" if self.body == self.text() else f"differs from:\n{self.text()}"

    def text(self) -> str:
        """What should stand in the block."""
        if self.kind == "file":
            return _part(*self.what.split("; "))
        if self.kind == "run":
            return self._shown() + _output(self.what)
        if self.kind.startswith("shop "):
            return self._shown() + _output(
                f'depgen() {{ python -m tests.house.{self.kind} "$@"; }} && {self.what}'
            )
        if self.kind == "step":
            return self._shown() + walk.taken(self.steps)[self.step]
        return self.body

    def _shown(self) -> str:
        """The command above its output."""
        return f"$ {self.what.rpartition(' && ')[2]}\n" if self.language == "console" else ""


def documents() -> list[Path]:
    """Every page that people read, but for the generated ones and for figures of one machine."""
    patterns = ("*.md", "docs/*.md", "docs/guides/*.md", "examples/*/README.md")
    pages = [page for pattern in patterns for page in ROOT.glob(pattern)]
    return sorted(page for page in pages if page.name not in ("rules.md", "benchmarks.md"))


def quotes(path: Path) -> Iterator[Quote]:
    """The quotes of one page."""
    text = path.read_text(encoding="utf-8")
    found = list(_BLOCK.finditer(text))
    walked = [match for match in found if match["kind"] in walk.KINDS]
    steps = tuple(Step(match["kind"], match["what"], match["body"]) for match in walked)
    for match in found:
        line = text.count("\n", 0, match.start()) + 1
        step = walked.index(match) if match in walked else 0
        yield Quote(
            path, line, match["kind"], match["what"] or "", match["language"], match["body"], steps, step
        )


def refreshed(path: Path) -> str:
    """The page with every quote as it should be."""
    todo = quotes(path)
    return _BLOCK.sub(
        lambda match: match[0][: match.start("body") - match.start()] + next(todo).text() + "```",
        path.read_text(encoding="utf-8"),
    )


def _part(name: str, first: str = "", last: str = "") -> str:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines(keepends=True)
    start = next(index for index, line in enumerate(lines) if first in line)
    end = (
        next(index for index, line in enumerate(lines) if last in line and index >= start)
        if last
        else len(lines)
    )
    return textwrap.dedent("".join(lines[start : end + 1]))


@cache
def _output(command: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "examples").symlink_to(ROOT / "examples")
        return printed(command, Path(folder))


def main(arguments: list[str]) -> int:
    """Mend or name; the exit code."""
    is_wrong = False
    for path in documents():
        if "--write" in arguments:
            path.write_text(refreshed(path), encoding="utf-8", newline="\n")
        for quote in quotes(path):
            if problem := quote.problem():
                is_wrong = True
                print(f"{path.relative_to(ROOT)}:{quote.line}: {problem}", file=sys.stderr)
    return int(is_wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
