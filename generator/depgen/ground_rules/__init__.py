"""The rules that are no modules of `lint`: what the stages before and after it find, told in the same words.

These mistakes are found where a file is read, checked against the schema, joined or laid out; here is only their
documentation. A text is like the docstring of a lint rule: a first line that sums up, an explanation, and where a
graph can show it a `Fails:` and a `Passes:` block, which a test holds against the compiler.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from depgen.diagnostics import Severity
from depgen.ground_rules.beside import BESIDE
from depgen.ground_rules.form import FORM
from depgen.ground_rules.text import TEXT
from depgen.ground_rules.whole import WHOLE

TEXTS: Mapping[str, str] = MappingProxyType({**TEXT, **FORM, **WHOLE, **BESIDE})

_WARNINGS = frozenset({"unreadable-manifest"})


def severity(rule: str) -> Severity:
    """How a finding of this rule counts."""
    return Severity.WARNING if rule in _WARNINGS else Severity.ERROR
