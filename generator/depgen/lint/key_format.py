"""A parameter formats the key with something that jq engines read differently, or not at all.

The date has no zone of its own and no moment; for an instant there is `{interval: start}`. These can be used:
`%Y %y %C %G %g` (years), `%m %b %B %h` (months), `%V %U %W` (weeks), `%d %e %j %a %A %u %w` (days), `%H %I %M %S %p`,
and `%F %D %T %R %%`.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, params: {day: {key: "%-d.%m.%Y"}}}, dependsOn: [load]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, params: {day: {key: "%d.%m.%Y"}}}, dependsOn: [load]}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject
from depgen.model import KeyFormat
from depgen.phrases import quoted

SEVERITY = Severity.ERROR

_DIRECTIVE = re.compile(r"%[-_0^#EO:]*[0-9]*(.?)", re.DOTALL)
# Measured to be alike in gojq v0.12.19 and libjq 1.8 with glibc, whatever the locale and zone.
ALIKE = frozenset("YyCGgmbBhVUWdejaAuwHIMSpFDTR%")
_INSTANT = "write {interval: start} for an instant with its zone"
_HINTS = {"s": _INSTANT, "z": _INSTANT, "Z": _INSTANT, "-": "leave out the flag", "_": "leave out the flag"}


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such format."""
    for item in subject.started:
        for name, param in item.run.params:
            if isinstance(param, KeyFormat) and (odd := _odd(param.format)) is not None:
                hint = (
                    _HINTS.get(odd[1:2])
                    or _HINTS.get(odd[-1:])
                    or "`depgen rules key-format` lists what can be used"
                )
                message = (
                    f"{quoted(odd)} is not read alike by all jq engines"
                    if odd != "%"
                    else 'a single "%" has no meaning'
                )
                yield Diagnostic(
                    item.spot("params", name, "key"),
                    "key-format",
                    message,
                    'write "%%"' if odd == "%" else hint,
                )


@lru_cache(maxsize=1024)
def _odd(format_: str) -> str | None:
    """The first directive that cannot be used."""
    found = (match for match in _DIRECTIVE.finditer(format_))
    return next((m[0] for m in found if len(m[0]) != 2 or m[1] not in ALIKE), None)
