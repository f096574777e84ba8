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
from depgen.plan import Decision
from depgen.programs import FIRST_OF_MONTH, INSTANT, MONTHS, date_of, parse_key, quoted
from depgen.times import DAY, WEEK, Period, WallTime, shift

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


def decide(decision: Decision, environment: Environment) -> str:
    """The program of one node: the ledger to `{key, name, params, fire}`."""
    return environment.get_template("decide.jq.j2").render(_Deciding(decision).context())


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
                self.need(*((FIRST_OF_MONTH, MONTHS) if lookback.months else ()), INSTANT)
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
        self.need(INSTANT, _RFC3339)
        start = f"$key | {parse_key(every)}"
        if every.repeats(zone):
            late = f'($key | if endswith("b") then {shift(zone)} else 0 end)'
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
