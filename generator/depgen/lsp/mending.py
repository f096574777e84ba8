"""Fixes of findings as an editor offers them: each by itself, and all that can be made."""

from __future__ import annotations

from depgen import fixing
from depgen.diagnostics import Finding
from depgen.fixing.edits import Edit
from depgen.lsp.desk import View


def fixes(view: View) -> dict[Finding, tuple[str, Edit]]:
    """The path and the edit of each finding that can be fixed."""
    return fixing.edits(view.files, view.findings())


def all_fixes(view: View) -> dict[str, Edit]:
    """One edit of each file: what `depgen lint --fix` would do to the folder."""
    outcome = fixing.fix(view.files, view.findings, {})
    texts = {path: raw.decode("utf-8-sig") for path, raw in outcome.changed.items()}
    return {path: _difference(view.texts[path], text) for path, text in texts.items()}


def _difference(old: str, new: str) -> Edit:
    """What is different, without what is the same before and behind it: an editor keeps its place there."""
    start = _shared(old, new)
    behind = _shared(old[start:][::-1], new[start:][::-1])
    return Edit(start, len(old) - behind, new[start : len(new) - behind])


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))
