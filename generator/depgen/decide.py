"""jq text: when a node fires, told from its ledger.

One `def` an edge, `ready` over them, and a last object that says what is asked. Names of nodes stand in it as they
are: an id holds nothing that jq or JSON would escape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from jinja2 import Environment

from depgen import naming
from depgen.model import Border, Edge, FromUpstream, Group, KeyFormat, Literally, Node, Param, leaves
from depgen.plan import Alert, Decision
from depgen.programs import FIRST_OF_MONTH, INSTANT, MONTHS, date_of, parse_key, quoted
from depgen.times import DAY, WEEK, Period, WallTime, shift

_RFC3339 = """def rfc3339: . as $e | (localtime | mktime) as $w | ($w - $e | if . < 0 then -. else . end) as $o
  | ($w | strftime("%Y-%m-%dT%H:%M:%S")) + (if $w < $e then "-" else "+" end)
    + "\\(100 + ($o / 3600 | floor) | tostring | .[1:]):\\(100 + ($o % 3600 / 60 | floor) | tostring | .[1:])";"""
_AT = 'def at($s): $day + $s | strftime("%Y-%m-%dT%H:%M:%S");'
_LAST = 'def last: ($day + 2678400 | strftime("%Y%m01") | strptime("%Y%m%d") | mktime) - 86400 - $day;'

# What came of the clock facts: `at` is the instant that came. Like an edge, so that both can be asked alike.
_CLOCK = (
    'def clock($of): .["clock.\\($of)"] // "" | [fromjson? | objects][0] // {}'
    " | .finishedAt = .at | .ok = (.at != null);"
)
# What the clocks of the zone showed at the finish, to compare with `$day`.
_LOCAL = "def local: (.finishedAt | fromdateiso8601)? // 0 | localtime | mktime;"

# The facts that a run was fired on, and whose hand was in it.
_CAUSE = (
    '($new | [edges | select(.ok) | [.workflow, .finishedAt, .hand]] + [.["fire.{node}"] // empty] | tojson)'
)

_STATUS = {
    "success": 'def success: .ok = (.hand or .phase == "Succeeded");',
    "failure": 'def failure: .ok = (.hand or (.phase | . == "Failed" or . == "Error" or . == "Expired" or . == "Rejected"));',
    "done": 'def done: .ok = (.hand or (.phase != null and .phase != "Submitted"));',
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


def decide(decision: Decision, environment: Environment, metadata: str) -> str:
    """The program of one node or alert: the ledger to `{metadata, params, fire}`; `metadata` as `metadata()` gives it."""
    name = "failed.jq.j2" if decision.alert and decision.alert.kind == "failed" else "decide.jq.j2"
    return environment.get_template(name).render(_Deciding(decision).context(), metadata=metadata)


def metadata(decision: Decision) -> str:
    """jq: the metadata of the Workflow that a node or alert submits: its name is the claim, `cause` its audit trail.

    Empty in shadow mode, where nothing is submitted.
    """
    node, run, alert = decision.node, decision.node.run, decision.alert
    if decision.is_shadow or run is None:
        return ""
    id_ = node.id if alert is None or alert.of else "\\($failed.node)-failed"
    labels = f'"{naming.LABEL_GRAPH}": "{decision.graph}", "{naming.LABEL_KEY}": $key, "{naming.LABEL_NODE}": "{id_}"'
    if decision.partition is not None:
        labels += f', "{naming.LABEL_PARTITION}": "{decision.partition}"'
    labels += "".join([f", {quoted(name)}: {quoted(text)}" for name, text in run.labels])
    annotations = [] if alert else [f'"{naming.ANNOTATION_CAUSE}": {_CAUSE.format(node=node.id)}']
    annotations += [f'"depgen.io/{name}": {quoted(text)}' for name, text in node.notes]
    annotations += [f"{quoted(name)}: {quoted(text)}" for name, text in run.annotations]
    where = f', namespace: "{run.namespace}"' if run.namespace != decision.namespace else ""
    noted = f", annotations: {{{', '.join(annotations)}}}" if annotations else ""
    name = naming.workflow_prefix(decision.graph, id_)
    return f'{{ name: "{name}\\($key)"{where}, labels: {{{labels}}}{noted} }}'


@lru_cache
def _formatted(format_: str, every: Period, zone: str) -> str:
    """jq: the key in another format, by its digits where they are enough, else through strftime."""
    held = _DIGITS[every.strftime]
    parts = _DIRECTIVE.split(format_)
    if any(part.startswith("%") and part not in held for part in parts):
        return f"($key | {parse_key(every)} | strftime({quoted(format_)}))"
    if format_ == every.strftime and not every.repeats(zone):
        return f"$key[0:{every.key_length}]" if every.kind != "slot" else f"$key[0:{every.key_length - 1}]"
    text = "".join(f"\\($key{held[part]})" if part in held else quoted(part)[1:-1] for part in parts)
    return f'"{text}"'


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
        self.drops_late = self.node.cutoff is not None and self.node.on_late == "drop"
        self.is_filtered = (
            any(e.window or e.offset for e in self.edges)
            or self.node.cutoff is not None
            or decision.alert is not None
        )
        self.needs_day = bool(any(e.window for e in self.edges) or self.node.cutoff or self.node.not_before)
        self.defs: list[str] = []

    def context(self) -> dict[str, object]:
        params = self.params()
        edges = [*(self.edge(index, edge) for index, edge in enumerate(self.edges)), *self.lookbacks()]
        if self.decision.alert:
            edges = [self.missed(self.decision.alert)] if self.decision.alert.of else []
        phases = {edge.phases for edge in self.edges}
        status = [text for name, text in _STATUS.items() if name in phases]
        gate = self.gate()
        return {
            "graph": self.decision.graph,
            "is_alert": self.decision.alert is not None,
            "is_shadow": self.decision.is_shadow,
            "prefix": naming.workflow_prefix(self.decision.graph, self.node.id),
            "ledger": naming.ledger_prefix(self.decision.graph, self.decision.partition),
            "node": self.node.id,
            "day": f"($key | {date_of(self.decision.every)})?" if self.needs_day else "",
            "is_filtered": self.is_filtered,
            "is_traced": self.decision.alert is None
            and any(isinstance(p, FromUpstream) and p.field in ("uid", "node") for _, p in self.dynamic),
            "edges": ", ".join(f"edge{index}" for index in range(len(self.edges) or 1)),
            "ready": self.ready(),
            "guard": self.guard(),
            "unclaimed": self.unclaimed(),
            "fresh_facts": ", ".join(["edges", *(f'clock("{name}")' for name in self.opening())]),
            "defs": "\n".join([*self.defs, *status, *edges]),
            "gate": gate,
            "params": params,
            "fresh": self.decision.fresh,
        }

    def need(self, *defs: str) -> None:
        self.defs.extend(d for d in defs if d not in self.defs)

    def edge(self, index: int, edge: Edge) -> str:
        name = "fact" if edge.lookback else "edge"
        of = f'"{edge.upstream}"' if edge.offset else f'"{edge.upstream}.\\($key)"'
        tests = [f".offset == {edge.offset}"] if edge.offset else []
        times = self.times(edge)
        free = 'has("backfill") as $free | ' if times else ""
        if times:
            tests.append(f"($free or {' and '.join(times)})")
        latest = f"latest({of}; {' and '.join(tests) or 'true'})" if self.is_filtered else f"latest({of})"
        if isinstance(edge.phases, str):
            status: str = edge.phases
        else:
            phases = " or ".join(f".phase == {quoted(phase)}" for phase in edge.phases)
            status = f".ok = (.hand or {phases})"
        when = f" | .ok = (.ok and (.hand or ([any(({edge.when}\n); .)?][0] // false)))" if edge.when else ""
        return f"def {name}{index}: {free}{latest} | {status}{when};"

    def times(self, edge: Edge) -> list[str]:
        """What a fact's finish must be for the edge; a backfill asks for none of it."""
        tests = []
        if edge.window:
            self.need(_AT)
            start, end = self.seconds(edge.window.start), self.seconds(edge.window.end)
            tests += [f".wall >= at({start})", f".wall < at({end})"]
        if self.node.cutoff and self.drops_late:
            self.need(_LOCAL)
            tests.append(f"local < $day + {self.seconds(self.node.cutoff)}")
        return tests

    def seconds(self, time: WallTime) -> str:
        """jq: a time of the node as seconds after `$day`."""
        kind = self.decision.every.kind
        if time.from_end and kind == "month":
            self.need(_LAST)
            return f"last + {time.offset}"
        return str(time.offset + (6 * DAY if time.from_end and kind == "week" else 0))

    def opening(self) -> list[str]:
        """The clocks whose coming can make the node ready."""
        names = [
            *(["notBefore"] if self.node.not_before else []),
            *(["cutoff"] if self.runs_at_cutoff else []),
        ]
        if names:
            self.need(_CLOCK)
        return [f"{self.node.id}.{name}" for name in names]

    @property
    def runs_at_cutoff(self) -> bool:
        return self.node.cutoff is not None and self.node.on_cutoff == "run"

    def gate(self) -> str:
        """The clock fact, or an edge that was satisfied after that time: then its time has come too."""
        if not self.node.not_before:
            return ""
        self.need(_CLOCK, _LOCAL)
        after = f"local >= $day + {self.seconds(self.node.not_before)}"
        return (
            f'def gate: first((clock("{self.node.id}.notBefore"), (edges | .ok = (.ok and {after})),'
            ' {ok: has("backfill")}) | select(.ok)) // {};'
        )

    def unclaimed(self) -> str:
        """No claim, run or outcome; where late upstreams still count, an outcome of the cutoff does not."""
        if self.decision.is_shadow:
            return f'.["shadow.{self.node.id}"] == null'
        is_patient = self.node.cutoff is not None and self.node.on_late == "run"
        test = '.reason != "cutoff"' if is_patient else "true"
        return f'latest("{self.node.id}.\\($key)"{"; " + test if self.is_filtered else ""}).phase == null'

    def missed(self, alert: Alert) -> str:
        """The edge of an alert: a clock came, and what it stands for had not happened by then."""
        self.need(_CLOCK)
        name = "startBy" if alert.kind == "late" else "deadline"
        met = '(.phase == "Succeeded" or .phase == "Skipped") and .finishedAt <= $clock.at'
        if alert.kind == "late":
            met = '(.at // "") <= $clock.at'
        run = f'latest("{alert.of}.\\($key)"; '
        return (
            f'def edge0: clock("{alert.of}.{name}") as $clock | ({run}{met}).phase == null) as $open'
            f' | {run}true) + {{finishedAt: $clock.at, node: "{alert.of}", ok: ($clock.ok and $open)}};'
        )

    def lookbacks(self) -> list[str]:
        """The edges with a lookback, over `newest`: the latest finish among the facts in use."""
        chosen = [(index, edge.lookback) for index, edge in enumerate(self.edges) if edge.lookback]
        if not chosen:
            return []
        facts = ", ".join(
            f"{'fact' if edge.lookback else 'edge'}{index}" for index, edge in enumerate(self.edges)
        )
        clock = ""
        if self.node.not_before:
            self.need(_CLOCK)
            clock = f', clock("{self.node.id}.notBefore")'
        lines = [f"def newest: [({facts}{clock}) | select(.ok).finishedAt] | max | fromdateiso8601? // 0;"]
        for index, lookback in chosen:
            since = f"newest - {lookback.seconds}"
            if lookback.days or lookback.months:
                self.need(*((FIRST_OF_MONTH, MONTHS) if lookback.months else ()), INSTANT)
                back = f"months(-{lookback.months})" if lookback.months else f". - {lookback.days * DAY}"
                since = f"newest | localtime | mktime | {back} | instant"
            lines.append(
                f'def edge{index}: ({since}) as $since | has("backfill") as $free'
                f" | fact{index} | .ok = (.ok and (.hand or $free or (.finishedAt | fromdateiso8601? // 0) >= $since));"
            )
        return lines

    def ready(self) -> str:
        if self.runs_at_cutoff:
            return f'({self.satisfied()} or clock("{self.node.id}.cutoff").ok)'
        return self.satisfied()

    def satisfied(self) -> str:
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
        parts = ["$key != null"] if any(edge.offset for edge in self.edges) else []
        if node.is_suspended:
            parts.append("false")
        # What was decided in shadow mode is the cron's, which may still be at it; a backfill or a hand can tell otherwise.
        if node.replaces and not self.decision.is_shadow:
            parts.append(f'(.["shadow.{node.id}"] == null or has("backfill"))')
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
        self.need(INSTANT, _RFC3339)
        start = f"$key | {parse_key(every)}"
        if every.repeats(zone):
            late = f'($key | if test("b(-|$)") then {shift(zone)} else 0 end)'
            length = f" + {every.seconds}" if which == "end" else ""
            return f"(({start} | instant) + {late}{length} | rfc3339)"
        if which == "end":
            if every.kind == "month":
                self.need(FIRST_OF_MONTH, MONTHS)
                start += " | months(1)"
            else:
                start += f" | . + { ({'week': WEEK, 'day': DAY, 'slot': every.seconds}[every.kind]) }"
        return f"({start} | instant | rfc3339)"

    def taken(self, param: FromUpstream) -> str:
        if self.decision.alert:
            return (
                f"(edge0.{param.field} // {quoted(param.default) if param.default is not None else 'null'})"
            )
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
                "missing": f'(if {fact}.phase == null then "[\\"\\($key)\\"]" else "[]" end)',
            }[param.field or ""]
        return f"({value} // {quoted(param.default)})" if param.default is not None else f"({value} // null)"
