"""What `depgen migrate` found: what graphs should say, and what applying the new build does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from textwrap import fill

from depgen import __version__, formats
from depgen.diagnostics import Finding
from depgen.diff import ObjectChange
from depgen.migrate import Upgrade
from depgen.report.display import count, visible

VERSION = 1
_WIDTH = 110


def advice(left: Iterable[Finding]) -> str:
    """A line for each finding that is not to be written, with its place."""
    return "".join(
        f"{visible(f.position.path)}:{f.position.line}:{f.position.column}: {visible(f.text)} [{f.rule}]\n"
        for f in left
    )


def supposed(number: int) -> str:
    """What was taken for granted where nobody said in which format graphs were built, and how to say it."""
    told = f"graphs are taken for built in output format {number}; if they are newer, say --output-dir or --from-format"
    return f"{told} {formats.OUTPUT}\n"


def text(folder: str, found: Upgrade) -> str:
    """Who wrote the folder, what came since, what becomes of each object, and what to do in which order."""
    queues = sum(len(change.lost) for change in found.changes)
    lines = [
        f"{visible(folder)}: written by depgen {visible(found.former.depgen) or '?'} in output format {found.former.format}; "
        f"this is depgen {__version__}, output format {formats.OUTPUT}",
        *(fill(note, _WIDTH, initial_indent="  ", subsequent_indent="  ") for note in found.notes),
        *(line for change in found.changes for line in _object(change)),
        f"{count(len(found.changes), 'object')} to change, {count(queues, 'queue')} lost",
    ]
    return "".join(f"{line}\n" for line in [*lines, *_steps(folder, found, queues)])


def _object(change: ObjectChange) -> list[str]:
    name = "/".join(filter(None, (change.namespace, change.name)))
    told = [f"queues lost: {', '.join(change.lost)}"] if change.lost else []
    return [
        f"  {change.how} {change.kind} {name}: {', '.join([*change.fields, *told]) or change.note or 'whole'}"
    ]


def _steps(folder: str, found: Upgrade, queues: int) -> list[str]:
    if not found.changes:
        return []
    removed = [f"{c.kind.lower()} {c.name}" for c in found.changes if c.how == "removed"]
    steps = [
        f"depgen build with --output-dir {visible(folder)}, and apply it"
        + (" when little happens" if queues else ""),
        *([f"kubectl delete {', '.join(removed)}, if nothing prunes them"] if removed else []),
        *(["depgen reconcile, if no sweeper passes by itself"] if queues else []),
        "depgen doctor",
    ]
    return ["what to do:", *(f"  {number}. {step}" for number, step in enumerate(steps, 1))]


def as_json(edited: Sequence[str], advised: Iterable[Finding], found: Upgrade | None) -> str:
    """`{version, edited, advice, output}`: files by name, findings with their place, and null without a folder."""
    report = {
        "version": VERSION,
        "edited": list(edited),
        "advice": [
            {
                "path": f.position.path,
                "line": f.position.line,
                "column": f.position.column,
                "step": f.rule,
                "message": f.text,
            }
            for f in advised
        ],
        "output": found
        and {
            "depgen": found.former.depgen,
            "from": found.former.format,
            "to": formats.OUTPUT,
            "notes": list(found.notes),
            "objects": [{**change._asdict(), "effect": change.effect.value} for change in found.changes],
        },
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"
