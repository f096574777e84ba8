"""Findings of commands whose answer is something else: they go to stderr, so that a pipe stays clean."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from depgen.cli.terminal import Colour, shows_colour, tell
from depgen.diagnostics import Finding
from depgen.report.text import findings_text


def report(findings: Sequence[Finding], color: Colour) -> None:
    """Tell of them, if there are any."""
    if findings:
        tell(findings_text(findings, shows_colour(color, sys.stderr)))
