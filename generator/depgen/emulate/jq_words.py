"""Names in jq programs and in events that mean something to whoever reads a program without running it."""

from __future__ import annotations

# Of metadata: what never changes, and what the caller looks after.
STEADY = frozenset(("name", "namespace", "uid", "creationTimestamp", "labels", "annotations"))
TAIL = ("group", "version", "resource")
IMPURE = frozenset(
    ("input", "inputs", "input_line_number", "input_filename", "halt", "halt_error", "modulemeta")
)
# Functions that only hand their input on to their arguments.
PASSING = {"first": 1, "last": 1, "isempty": 1, "select": 1, "any": 2, "all": 2, "limit": 2}
WITHOUT_INPUT = frozenset(("empty", "now", "range"))
