"""Writes docs/rules.md, one section a rule, from what the rules say of themselves (`depgen rules`).

Run `python docs/make_rules.py` after a change of a rule's documentation; with `--check` it writes nothing and exits 1
if the file is not what it would write. Nothing here knows a rule: a new one needs no change of this file.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent

from depgen.cli.rules import notes
from depgen.report.review import RuleNote

PAGE = Path(__file__).parent / "rules.md"
HEAD = """\
<!-- Generated from the rules' own documentation by docs/make_rules.py. Do not edit. -->

# Rules

Everything that depgen can find wrong with a graph, and with the [Workflows around it](workflows.md). `depgen rules ID`
prints one of these in the terminal. Examples that begin with `nodes:` leave out the rest of the file.

An **error** means that the graph would not do what it says, so it is not built; it cannot be ignored. A **warning** can:
with `--ignore ID`, or with the comment `# depgen: ignore[ID]` on its line or the line above.
"""
_BLOCK = re.compile(r"(?:^ {4}.*\n(?:\n(?= {4}))?)+", re.MULTILINE)


def page(rules: Iterable[RuleNote]) -> str:
    """The page as Markdown."""
    rules = sorted(rules, key=lambda rule: rule.id)
    rows = "".join(f"| [`{rule.id}`](#{rule.id}) | {rule.severity} | {rule.title} |\n" for rule in rules)
    sections = "\n".join(f"## {rule.id}\n\n*{rule.severity}*. {_markdown(rule.text)}\n" for rule in rules)
    return f"{HEAD}\n| rule | | finds |\n|---|---|---|\n{rows}\n{sections}"


def _markdown(text: str) -> str:
    """Indented blocks as fenced ones."""
    return _BLOCK.sub(lambda block: f"```yaml\n{dedent(block[0])}```\n", text + "\n").rstrip()


def main(arguments: list[str]) -> int:
    """Writes the page, or says whether it is current; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write docs/rules.md from the rules.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the file is stale")
    is_check = parser.parse_args(arguments).check
    text = page(notes().values())
    is_current = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
    if is_check and not is_current:
        sys.stderr.write("docs/rules.md is stale; run python docs/make_rules.py\n")
    if not is_check and not is_current:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
    return int(is_check and not is_current)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
