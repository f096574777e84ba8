"""jq text: how facts are keyed and recorded, and when a node fires.

The programs are total: whatever the payload, they give one object. The author's text enters them as JSON strings, or,
for `when` and `key.jq`, as expressions that were parsed before and stand in parentheses of their own.

Two jq engines run them: gojq in Argo Events, libjq on a laptop. So only what both read alike is used: `strptime` gives
UTC, `localtime` follows the zone of the process, and object keys stand in sorted order where they are stored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from jinja2 import Environment

from depgen import naming
from depgen.model import (
    Border,
    Edge,
    FromUpstream,
    Group,
    KeyFormat,
    KeyRule,
    Literally,
    Node,
    Param,
    leaves,
)
from depgen.plan import Decision, Recording
from depgen.times import DAY, HOUR, WEEK, Duration, Period, WallTime, shift

_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
_FIRST_OF_MONTH = 'def first_of($m): "\\($m / 12 | floor)-\\(101 + $m % 12 | tostring | .[1:])-01T00:00:00Z" | fromdateiso8601;'
# Wall-clock seconds moved by months; the day is cut to the month's length.
_MONTHS = """def months($n): . as $w | (strftime("%d") | tonumber) as $d
  | ((strftime("%Y") | tonumber) * 12 + (strftime("%m") | tonumber) - 1 + $n) as $m
  | ([first_of($m) + ($d - 1) * 86400, first_of($m + 1) - 86400] | min) + $w % 86400;"""
# Wall-clock seconds to the instant: the first of two, and after a gap the first that exists.
_INSTANT = """def instant: . as $w | ($w - (($w - 86400 | localtime | mktime) - ($w - 86400))) as $a | ($w - (($w + 86400 | localtime | mktime) - ($w + 86400))) as $b
  | if ($a | localtime | mktime) == $w then $a elif ($b | localtime | mktime) == $w then $b
    else first(range($b - $b % 60; $a + 1; 60) | select((localtime | mktime) > $w)) end;"""
_RFC3339 = """def rfc3339: . as $e | (localtime | mktime) as $w | ($w - $e | if . < 0 then -. else . end) as $o
  | ($w | strftime("%Y-%m-%dT%H:%M:%S")) + (if $w < $e then "-" else "+" end)
    + "\\(100 + ($o / 3600 | floor) | tostring | .[1:]):\\(100 + ($o % 3600 / 60 | floor) | tostring | .[1:])";"""
_AT = 'def at($s): $day + $s | strftime("%Y-%m-%dT%H:%M:%S");'
_LAST = 'def last: ($day + 2678400 | strftime("%Y%m01") | strptime("%Y%m%d") | mktime) - 86400 - $day;'

_STATUS = {
    "success": 'def success: .ok = (.phase == "Succeeded");',
    "failure": 'def failure: .ok = (.phase | . == "Failed" or . == "Error" or . == "Expired" or . == "Rejected");',
    "done": 'def done: .ok = (.phase != null and .phase != "Submitted");',
}
# The directives that can be read off a key of each format, and where they stand in it.
_DATE = {"%Y": "[0:4]", "%m": "[4:6]", "%d": "[6:8]"}
_DIGITS = {
    "%Y%m%dt%H%M": {**_DATE, "%H": "[9:11]", "%M": "[11:13]"},
    "%Y%m%dt%H": {**_DATE, "%H": "[9:11]"},
    "%Y%m%d": _DATE,
    "%Y%m": {"%Y": "[0:4]", "%m": "[4:6]"},
    "%Gw%V": {},
}
_DIRECTIVE = re.compile("(%.)")


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
        return '(. + "01" | strptime("%Y%m%d") | mktime)'
    if period.kind == "day":
        return '(strptime("%Y%m%d") | mktime)'
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
            self.need(_INSTANT)
            late = f'(if endswith("b") then {shift(self.zone)} else 0 end)'
            return f"({start} | instant) + {late} + {steps * period.seconds} | {self.format(period)}"
        if period.kind == "month":
            self.need(_FIRST_OF_MONTH, _MONTHS)
            return f"{start} | months({steps}) | {self.format(period)}"
        length = {"week": WEEK, "day": DAY, "slot": period.seconds}[period.kind]
        return f"{start} + {steps * length} | {self.format(period)}"

    def from_instant(self, rule: KeyRule) -> str:
        """jq: an epoch to its key."""
        steps = [f". + {rule.offset.seconds}"] if rule.offset.seconds else []
        moved = self._calendar(rule.offset)
        if rule.every.repeats(rule.zone):
            if moved:
                self.need(_INSTANT)
                steps += ["wall", *moved, "instant"]
        else:
            steps += ["wall", *([f". - {rule.day_start}"] if rule.day_start else []), *moved]
        return " | ".join([*steps, self.format(rule.every)])

    def _calendar(self, offset: Duration) -> list[str]:
        if offset.months:
            self.need(_FIRST_OF_MONTH, _MONTHS)
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
        return f'[$labels["depgen.io/node"] | strings | {known or "select(test(" + quoted("^[a-z][a-z0-9-]*$") + "))"}]'
    label = _IDENTITY_LABELS[recording.kind]
    return f'{quoted(recording.identities)}[$labels["{label}"] // ""] // []'


def claim(graph: str, is_partitioned: bool, fresh: int, environment: Environment) -> str:
    """The program of the claim Sensor: a submitted Workflow to its claim."""
    return environment.get_template("claim.jq.j2").render(
        graph=graph, is_partitioned=is_partitioned, fresh=fresh
    )


# ---- decide ----


@lru_cache
def _formatted(format_: str, every: Period, zone: str) -> str:
    """jq: the key in another format, by its digits where they are enough, else through strftime."""
    held = _DIGITS[every.strftime]
    parts = _DIRECTIVE.split(format_)
    if any(part.startswith("%") and part not in held for part in parts):
        return f"($key | {parse_key(every)} | strftime({quoted(format_)}))"
    if format_ == every.strftime and not every.repeats(zone):
        return "$key"
    text = "".join(f"\\($key{held[part]})" if part in held else quoted(part)[1:-1] for part in parts)
    return f'"{text}"'


def decide(decision: Decision, environment: Environment) -> str:
    """The program of one node: the ledger to `{key, name, params, fire}`."""
    template = environment.get_template("decide.jq.j2")
    # What Template.render does, without a copy of the globals for each of thousands of nodes.
    context = template.new_context(_Deciding(decision).context(), shared=True)
    return "".join(template.root_render_func(context))


class _Deciding:
    """Collects the parts of one node's program."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.node: Node = decision.node
        self.edges = leaves(self.node.edges)
        self.dynamic = (
            [(name, p) for name, p in self.node.run.params if not isinstance(p, Literally)]
            if self.node.run
            else []
        )
        self.is_filtered = any(e.window or e.offset for e in self.edges)
        self.needs_day = any(e.window for e in self.edges)
        self.defs: list[str] = []

    def context(self) -> dict[str, object]:
        params = self.params()
        edges = [*(self.edge(index, edge) for index, edge in enumerate(self.edges)), *self.lookbacks()]
        phases = {edge.phases for edge in self.edges}
        status = [text for name, text in _STATUS.items() if name in phases]
        own = f'latest("{self.node.id}.\\($key)"{"; true" if self.is_filtered else ""})'
        return {
            "node": self.node.id,
            "prefix": naming.workflow_prefix(self.decision.graph, self.node.id),
            "day": f"($key | {date_of(self.decision.every)})?" if self.needs_day else "",
            "is_filtered": self.is_filtered,
            "is_traced": any(
                isinstance(p, FromUpstream) and p.field in ("uid", "node") for _, p in self.dynamic
            ),
            "defs": "\n  ".join([*self.defs, *status, *edges]),
            "edges": ", ".join(f"edge{index}" for index in range(len(self.edges))),
            "ready": self.ready(),
            "guard": self.guard(),
            "unclaimed": f"{own} == {{}}",
            "params": params,
            "fresh": self.decision.fresh,
        }

    def need(self, *defs: str) -> None:
        self.defs.extend(d for d in defs if d not in self.defs)

    def edge(self, index: int, edge: Edge) -> str:
        name = "fact" if edge.lookback else "edge"
        of = f'"{edge.upstream}"' if edge.offset else f'"{edge.upstream}.\\($key)"'
        tests = [f".offset == {edge.offset}"] if edge.offset else []
        if edge.window:
            self.need(_AT)
            tests += [f".wall >= {self.at(edge.window.start)}", f".wall < {self.at(edge.window.end)}"]
        latest = f"latest({of}; {' and '.join(tests) or 'true'})" if self.is_filtered else f"latest({of})"
        if isinstance(edge.phases, str):
            status: str = edge.phases
        else:
            status = ".ok = (.phase | " + " or ".join(f". == {quoted(phase)}" for phase in edge.phases) + ")"
        when = f" | .ok = (.ok and ([any(({edge.when}\n); .)?][0] // false))" if edge.when else ""
        return f"def {name}{index}: {latest} | {status}{when};"

    def at(self, time: WallTime) -> str:
        kind = self.decision.every.kind
        if time.from_end and kind == "month":
            self.need(_LAST)
            return f"at(last + {time.offset})"
        return f"at({time.offset + (6 * DAY if time.from_end and kind == 'week' else 0)})"

    def lookbacks(self) -> list[str]:
        """The edges with a lookback, over `newest`: the latest finish among the facts in use."""
        chosen = [(index, edge.lookback) for index, edge in enumerate(self.edges) if edge.lookback]
        if not chosen:
            return []
        facts = ", ".join(
            f"{'fact' if edge.lookback else 'edge'}{index}" for index, edge in enumerate(self.edges)
        )
        lines = [f"def newest: [{facts} | select(.ok).finishedAt] | max | fromdateiso8601? // 0;"]
        for index, lookback in chosen:
            since = f"newest - {lookback.seconds}"
            if lookback.days or lookback.months:
                self.need(*((_FIRST_OF_MONTH, _MONTHS) if lookback.months else ()), _INSTANT)
                back = f"months(-{lookback.months})" if lookback.months else f". - {lookback.days * DAY}"
                since = f"newest | localtime | mktime | {back} | instant"
            lines.append(
                f"def edge{index}: ({since}) as $since | fact{index} | .ok = (.ok and (.finishedAt | fromdateiso8601? // 0) >= $since);"
            )
        return lines

    def ready(self) -> str:
        top = self.node.edges
        if any(isinstance(member, Group) for member in top.members):
            return self.nested(top, iter(range(len(self.edges))))
        if top.need > 1:
            return f"([edges | select(.ok)] | length >= {top.need})"
        return "any(edges; .ok)" if top.need else "all(edges; .ok)"

    def nested(self, group: Group, numbers: Iterator[int]) -> str:
        parts = [
            f"edge{next(numbers)}.ok" if isinstance(member, Edge) else self.nested(member, numbers)
            for member in group.members
        ]
        if group.need > 1:
            return f"([{', '.join(parts)}] | map(select(.)) | length >= {group.need})"
        return f"({(' or ' if group.need else ' and ').join(parts)})"

    def guard(self) -> str:
        every, node = self.decision.every, self.node
        # Without a key only the facts of other keys could be found.
        parts = ['$key != ""'] if any(edge.offset for edge in self.edges) else []
        if node.is_suspended:
            parts.append("false")
        if node.active_from:
            parts.append(f"$key >= {quoted(every.key(date.fromisoformat(node.active_from)))}")
        if node.active_until:
            parts.append(f"$key < {quoted(every.key(date.fromisoformat(node.active_until)))}")
        return "".join(f"{part} and " for part in parts)

    def params(self) -> str:
        if not self.dynamic:
            return ""
        fields = ", ".join(f"{quoted(name)}: {self.param(param)}" for name, param in self.dynamic)
        can_lack = any(isinstance(p, FromUpstream) and p.default is None for _, p in self.dynamic)
        found = f"{{{fields}}}" + (" | with_entries(select(.value != null))" if can_lack else "")
        reads = any(isinstance(p, FromUpstream) for _, p in self.dynamic)
        is_total = "strftime" not in found and "instant" not in found
        whole = f"$new | {found}" if reads else found
        return (f"({whole})" if reads else whole) if is_total else f"[({whole})?][0]"

    def param(self, param: Param) -> str:
        match param:
            case KeyFormat():
                return _formatted(param.format, self.decision.every, self.decision.zone)
            case Border():
                return self.border(param.which)
            case FromUpstream():
                return self.taken(param)
        raise AssertionError(param)

    def border(self, which: str) -> str:
        every, zone = self.decision.every, self.decision.zone
        self.need(_INSTANT, _RFC3339)
        start = f"$key | {parse_key(every)}"
        if every.repeats(zone):
            late = f'($key | if endswith("b") then {shift(zone)} else 0 end)'
            length = f" + {every.seconds}" if which == "end" else ""
            return f"(({start} | instant) + {late}{length} | rfc3339)"
        if which == "end":
            if every.kind == "month":
                self.need(_FIRST_OF_MONTH, _MONTHS)
                start += " | months(1)"
            else:
                start += f" | . + { ({'week': WEEK, 'day': DAY, 'slot': every.seconds}[every.kind]) }"
        return f"({start} | instant | rfc3339)"

    def taken(self, param: FromUpstream) -> str:
        if param.node == "$trigger":
            fact = "([edges | select(.ok)] | max_by(.finishedAt) // {})"
        else:
            fact = next(
                f"edge{index}" for index, edge in enumerate(self.edges) if edge.upstream == param.node
            )
        if param.output is not None:
            value = f"{fact}.outputs[{quoted(param.output)}]?"
        else:
            value = {
                "workflow": f"{fact}.workflow",
                "phase": f"{fact}.phase",
                "finishedAt": f"{fact}.finishedAt",
                "uid": f'({fact}.k // "" | split(".")[3])',
                "node": f'({fact}.k // "" | split(".")[1])',
                "missing": f'(if {fact} == {{ok: false}} then "[\\"\\($key)\\"]" else "[]" end)',
            }[param.field or ""]
        return f"({value} // {quoted(param.default)})" if param.default is not None else f"({value} // null)"
