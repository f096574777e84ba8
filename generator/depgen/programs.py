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
from depgen.clocks import Striking
from depgen.model import KeyRule
from depgen.plan import Recording
from depgen.times import DAY, HOUR, WEEK, Duration, Period, shift

_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
FIRST_OF_MONTH = 'def first_of($m): "\\($m / 12 | floor)-\\(101 + $m % 12 | tostring | .[1:])-01T00:00:00Z" | fromdateiso8601;'
# Wall-clock seconds moved by months; the day is cut to the month's length.
MONTHS = """def months($n): . as $w | (strftime("%d") | tonumber) as $d
  | ((strftime("%Y") | tonumber) * 12 + (strftime("%m") | tonumber) - 1 + $n) as $m
  | ([first_of($m) + ($d - 1) * 86400, first_of($m + 1) - 86400] | min) + $w % 86400;"""
# Wall-clock seconds to the instant: the first of two, and after a gap the first that exists.
INSTANT = """def instant: . as $w | ($w - (($w - 86400 | localtime | mktime) - ($w - 86400))) as $a | ($w - (($w + 86400 | localtime | mktime) - ($w + 86400))) as $b
  | if ($a | localtime | mktime) == $w then $a elif ($b | localtime | mktime) == $w then $b
    else first(range($b - $b % 60; $a + 1; 60) | select((localtime | mktime) > $w)) end;"""


def quoted(value: object) -> str:
    """A JSON literal, which jq reads as that value and nothing else."""
    return _JSON.encode(value)


# ---- keys ----


def parse_key(period: Period) -> str:
    """jq: a key (text) to the wall-clock second at which its period starts."""
    if period.kind == "week":
        return (
            '((.[0:4] + "0104" | strptime("%Y%m%d") | mktime) as $j'
            f" | $j - (($j / {DAY} | floor) + 3) % 7 * {DAY} + ((.[5:7] | tonumber) - 1) * {WEEK})"
        )
    if period.kind == "month":
        return '(.[0:6] + "01" | strptime("%Y%m%d") | mktime)'
    if period.kind == "day":
        return '(.[0:8] | strptime("%Y%m%d") | mktime)'
    width = 11 if period.seconds % HOUR == 0 else 13
    return f'(.[0:{width}] | strptime("{period.strftime}") | mktime)'


def date_of(period: Period) -> str:
    """jq: a key (text) to the midnight of its date, in wall-clock seconds."""
    return '(.[0:8] | strptime("%Y%m%d") | mktime)' if period.kind == "slot" else parse_key(period)


class KeyDefs:
    """The `def`s that key programs need, each once and in order."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self.needed: list[str] = []

    def need(self, *defs: str) -> None:
        self.needed.extend(d for d in defs if d not in self.needed)

    def format(self, period: Period) -> str:
        """jq: wall-clock seconds to a key; an instant to a key where keys can repeat."""
        if period.kind != "slot":
            return f'strftime("{period.strftime}")'
        floor = f'. - . % {period.seconds} | strftime("{period.strftime}")'
        if not period.repeats(self.zone):
            return floor
        self.need(
            f"def slot: (localtime | mktime | {floor}) as $k"
            f' | $k + (if (. - {shift(self.zone)} | localtime | mktime | {floor}) == $k then "b" else "" end);'
        )
        return "slot"

    def move(self, period: Period, steps: int) -> str:
        """jq: a key (text) to the one `steps` later."""
        start = parse_key(period)
        if period.repeats(self.zone):
            self.need(INSTANT)
            late = f'(if endswith("b") then {shift(self.zone)} else 0 end)'
            return f"({start} | instant) + {late} + {steps * period.seconds} | {self.format(period)}"
        if period.kind == "month":
            self.need(FIRST_OF_MONTH, MONTHS)
            return f"{start} | months({steps}) | {self.format(period)}"
        length = {"week": WEEK, "day": DAY, "slot": period.seconds}[period.kind]
        return f"{start} + {steps * length} | {self.format(period)}"

    def from_instant(self, rule: KeyRule) -> str:
        """jq: an epoch to its key."""
        steps = [f". + {rule.offset.seconds}"] if rule.offset.seconds else []
        moved = self._calendar(rule.offset)
        if rule.every.repeats(rule.zone):
            if moved:
                self.need(INSTANT)
                steps += ["wall", *moved, "instant"]
        else:
            steps += ["wall", *([f". - {rule.day_start}"] if rule.day_start else []), *moved]
        return " | ".join([*steps, self.format(rule.every)])

    def _calendar(self, offset: Duration) -> list[str]:
        if offset.months:
            self.need(FIRST_OF_MONTH, MONTHS)
            return [f"months({offset.months})"]
        return [f". + {offset.days * DAY}"] if offset.days else []


# A scheduled child is named `<cron>-<ten digits>`, a resubmission of it `...-<five characters>` more; a child of
# `argo submit --from` carries the moment of its submission as scheduled-time, which is nobody's logical date.
_SCHEDULED = (
    '$w.metadata | select(.name | ltrimstr("\\($labels["workflows.argoproj.io/cron-workflow"])-") | test("^[0-9]{10}(-[a-z0-9]{5})*$"))'
    ' | .annotations["workflows.argoproj.io/scheduled-time"]'
)


def key_of(rule: KeyRule, defs: KeyDefs) -> str:
    """jq: the key of Workflow `$w` with labels `$labels`."""
    label = f"$labels[{quoted(rule.name or naming.LABEL_KEY)}]"
    match rule.origin:
        case "label":
            return label
        case "parameter":
            return f"$w.spec.arguments.parameters[]? | select(.name == {quoted(rule.name)}) | .value"
        case "jq":
            return f"$w | ({rule.name}\n)"
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
    face = striking.face
    return environment.get_template("clock.jq.j2").render(
        graph=striking.graph,
        prefix=naming.ledger_prefix(striking.graph, face.partition),
        partition=face.partition,
        minutes=[minute._asdict() for minute in striking.minutes],
        days=face.days * DAY,
        check=(_LAST_DAYS if face.from_end else _FIRST_DAYS).get(face.period.kind, ""),
        format=face.period.strftime,
        shift=shift(striking.zone),
        fresh=_TICK_FRESH,
    )


# ---- record and claim ----


def record(recording: Recording, environment: Environment) -> str:
    """The program of one dependency of a record Sensor: a completed Workflow to its fact."""
    defs = KeyDefs(recording.zone)
    move = defs.move(recording.rule.every, -recording.offset) if recording.offset else ""
    shared = {
        "graph": recording.graph,
        "prefix": naming.ledger_prefix(recording.graph, recording.partition),
        "partition": recording.partition,
        "fresh": recording.fresh,
        "offset": recording.offset,
        "move": move,
    }
    if recording.kind == "graph":
        nodes = quoted(recording.identities)
        return environment.get_template("relay.jq.j2").render(shared, nodes=nodes, defs=defs.needed)
    key = key_of(recording.rule, defs)
    return environment.get_template("record.jq.j2").render(
        shared,
        defs=defs.needed,
        nodes=_nodes(recording),
        key=key,
        shape=recording.shape,
        outputs=recording.outputs,
        reason=_REASONS[recording.rule.origin],
    )


_IDENTITY_LABELS = {
    "cronWorkflow": "workflows.argoproj.io/cron-workflow",
    "workflowTemplate": "workflows.argoproj.io/workflow-template",
}


def _nodes(recording: Recording) -> str:
    """jq: the nodes that Workflow `$w` with labels `$labels` is a run of."""
    if recording.kind == "workflows":
        return quoted(sorted(node for nodes in recording.identities.values() for node in nodes))
    if recording.kind == "done":
        known = (
            f"select({quoted(dict.fromkeys(recording.identities, 1))}[.])" if recording.identities else None
        )
        # A run that is made again is nobody's previous key.
        first = (
            'select($labels["depgen.io/key"] | strings | contains("-") | not) | ' if recording.offset else ""
        )
        return f'[$labels["depgen.io/node"] | strings | {first}{known or "select(test(" + quoted("^[a-z][a-z0-9-]*$") + "))"}]'
    label = _IDENTITY_LABELS[recording.kind]
    return f'{quoted(recording.identities)}[$labels["{label}"] // ""] // []'


def claim(graph: str, is_partitioned: bool, fresh: int, environment: Environment) -> str:
    """The program of the claim Sensor: a submitted Workflow to its claim."""
    return environment.get_template("claim.jq.j2").render(
        graph=graph, is_partitioned=is_partitioned, fresh=fresh
    )
