"""Writes docs/rules.md, one section a rule, from what the rules say of themselves (`depgen rules`).

Run `python docs/make_rules.py` after a change of a rule's documentation; with `--check` it writes nothing and exits 1
if the file is not what it would write. Nothing here knows a rule: a new one needs no change of this file.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent

from generated import keep

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


if __name__ == "__main__":
    sys.exit(keep({PAGE: page(notes().values())}))
