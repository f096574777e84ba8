"""jq text: how facts are keyed and recorded.

The programs are total: whatever the payload, they give one object. The author's text enters them as JSON strings, or,
for `when` and `key.jq`, as expressions that were parsed before and stand in parentheses of their own.

Two jq engines run them: gojq in Argo Events, libjq on a laptop. So only what both read alike is used: `strptime` gives
UTC, `localtime` follows the zone of the process, and object keys stand in sorted order where they are stored.
"""

from __future__ import annotations

import json

from jinja2 import Environment

from depgen import naming
from depgen.clocks import Face, Striking
from depgen.keydefs import KeyDefs
from depgen.model import ForeignEvent, KeyRule
from depgen.moves import HOME
from depgen.opendays import after, open_day
from depgen.plan import Recording
from depgen.serving import distance, move
from depgen.times import DAY, shift

_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


def quoted(value: object) -> str:
    """A JSON literal, which jq reads as that value and nothing else."""
    return _JSON.encode(value)


# A scheduled child is named `<cron>-<ten digits>`; its resubmissions have that and a hyphen as `generateName`, of which
# the API server keeps 58 characters in the name. A child of `argo submit --from`, whose `generateName` is `<cron>-`,
# carries the moment of its submission as scheduled-time, which is nobody's logical date.
_SCHEDULED = (
    '$w.metadata | select(.generateName // .name | ltrimstr("\\($labels["workflows.argoproj.io/cron-workflow"])-") | test("^[0-9]{10}(-[a-z0-9]{5})*-?$"))'
    ' | .annotations["workflows.argoproj.io/scheduled-time"]'
)


def key_of(rule: KeyRule, defs: KeyDefs, is_event: bool = False) -> str:
    """jq: the key of Workflow `$w` with labels `$labels`, or of an event that `$w` stands for."""
    label = f"$labels[{quoted(rule.name or naming.LABEL_KEY)}]"
    match rule.origin:
        case "label":
            return label
        case "parameter":
            return f"$w.spec.arguments.parameters[]? | select(.name == {quoted(rule.name)}) | .value"
        case "jq":
            return f"{'.' if is_event else '$w'} | ({rule.name}\n)"
        case "startedAt" | "finishedAt":
            return f"$w.status.{rule.origin} | epoch | {defs.from_instant(rule)}"
        case "scheduledTime":
            return f"{_SCHEDULED} | epoch | {defs.from_instant(rule)}"
        case "auto":
            return f"{label} // ({_SCHEDULED} | epoch | {defs.from_instant(rule)})"


_REASONS = {
    "label": "the label is missing or is no key",
    "parameter": "the parameter is missing or is no key",
    "jq": "the expression gave no key",
    "startedAt": "startedAt cannot be read",
    "finishedAt": "finishedAt cannot be read",
    "scheduledTime": "no scheduled child of a CronWorkflow",
    "auto": "no label depgen.io/key, and no scheduled child of a CronWorkflow",
}


# ---- clocks ----

# How old a tick may be: a Sensor that is made anew hears those of the last week again.
_TICK_FRESH = 2 * DAY
_FIRST_DAYS = {"week": "(. / 86400 + 3) % 7 == 0", "month": 'strftime("%d") == "01"'}
_LAST_DAYS = {"week": "(. / 86400 + 3) % 7 == 6", "month": '. + 86400 | strftime("%d") == "01"'}


def clock(striking: Striking, environment: Environment) -> str:
    """The program of one dependency on a tick: the clock facts of the key whose time has come."""
    face, defs = striking.face, KeyDefs(striking.zone)
    later = f" - {face.days * DAY}" if face.days else ""
    check = (_LAST_DAYS if face.from_end else _FIRST_DAYS).get(face.period.kind, "")
    if face.calendar:
        later, check = _open_days_before(face, check, defs), ""
    return environment.get_template("clock.jq.j2").render(
        graph=striking.graph,
        prefix=naming.ledger_prefix(striking.graph, face.partition),
        partition=face.partition,
        minutes=[minute._asdict() for minute in striking.minutes],
        later=later,
        check=check,
        defs=defs.needed,
        format=face.period.strftime,
        shift=shift(striking.zone),
        fresh=_TICK_FRESH,
    )


# The longest row of closed days that is reckoned with.
_CLOSED_DAYS = 40


def _open_days_before(face: Face, check: str, defs: KeyDefs) -> str:
    """jq: the midnight of a tick to that of the day from which so many open days lead to it; a day's key is an open one."""
    assert face.calendar
    is_date = check or open_day(face.calendar, defs)
    there = f"reduce range({face.open_days}) as $_ (.; {after(face.calendar, defs)})"
    days = f"range(1; {3 * face.open_days + _CLOSED_DAYS})"
    return f" | . as $day | first({days} * -{DAY} + $day | select({is_date}) | select(({there}) == $day))"


# ---- record and claim ----


def record(recording: Recording, environment: Environment) -> str:
    """The program of one dependency of a record Sensor: a completed Workflow to its fact."""
    defs, every, way = KeyDefs(recording.zone), recording.rule.every, recording.move
    shared = {
        "graph": recording.graph,
        "prefix": naming.ledger_prefix(recording.graph, recording.partition),
        "partition": recording.partition,
        "fresh": recording.fresh,
        "offset": distance(way, every) if way != HOME else "",
        "move": move(way, every, defs) if way != HOME else "",
    }
    if recording.kind == "graph":
        nodes = quoted(recording.identities)
        return environment.get_template("relay.jq.j2").render(shared, nodes=nodes, defs=defs.needed)
    key = key_of(recording.rule, defs, recording.foreign is not None)
    if recording.foreign:
        shared["fresh"] = max(recording.fresh, _EVENT_FRESH)
        defs.need(_workflow_of(recording.foreign, recording, environment))
    return environment.get_template("record.jq.j2").render(
        shared,
        defs=defs.needed,
        nodes=_nodes(recording),
        is_event=recording.foreign is not None,
        key=key,
        shape=recording.shape,
        outputs=recording.outputs,
        reason=_REASONS[recording.rule.origin],
        used=_USED.format("$w.metadata") if recording.is_used else "",
    )


# How old an event may be: as long as the bus keeps it. Nothing can list it again, as the sweep does with Workflows.
_EVENT_FRESH = 7 * DAY


def _workflow_of(event: ForeignEvent, recording: Recording, environment: Environment) -> str:
    wanted = {name for names in recording.outputs.values() for name in names}
    outputs = [(name, expression) for name, expression in event.outputs if name in wanted]
    text = environment.get_template("event.jq.j2").render(
        id=event.id, finished_at=event.finished_at, outputs=outputs
    )
    return text.rstrip("\n")


_IDENTITY_LABELS = {
    "cronWorkflow": "workflows.argoproj.io/cron-workflow",
    "workflowTemplate": "workflows.argoproj.io/workflow-template",
}


def _nodes(recording: Recording) -> str:
    """jq: the nodes that Workflow `$w` with labels `$labels` is a run of."""
    if recording.kind in ("workflows", "event"):
        return quoted(sorted(node for nodes in recording.identities.values() for node in nodes))
    if recording.kind == "done":
        # A label's value holds no space. One text is shorter than a table, and whoever compiles the program is glad of that.
        among = quoted(f" {' '.join(recording.identities)} ")
        known = f'select(" \\(.) " | inside({among}))' if recording.identities else None
        # A run that is made again is nobody's previous key.
        first = (
            'select($labels["depgen.io/key"] | strings | contains("-") | not) | '
            if recording.move != HOME
            else ""
        )
        return f'[$labels["depgen.io/node"] | strings | {first}{known or "select(test(" + quoted("^[a-z][a-z0-9-]*$") + "))"}]'
    label = _IDENTITY_LABELS[recording.kind]
    return f'{quoted(recording.identities)}[$labels["{label}"] // ""] // []'


# The newest finish among the facts that a run was fired on, as its annotation `depgen.io/cause` lists them.
_USED = '([{}.annotations["depgen.io/cause"] | fromjson? | .[]? | arrays | .[1] | strings] | max // "")'


def claim(graph: str, is_partitioned: bool, fresh: int, is_used: bool, environment: Environment) -> str:
    """The program of the claim Sensor: a submitted Workflow to its claim."""
    return environment.get_template("claim.jq.j2").render(
        graph=graph, is_partitioned=is_partitioned, fresh=fresh, used=_USED.format("$m") if is_used else ""
    )
