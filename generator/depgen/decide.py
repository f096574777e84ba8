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
from depgen.edges import CLOCK, LOCAL, Edges
from depgen.keydefs import FIRST_OF_MONTH, INSTANT, MONTHS, KeyDefs, date_of, parse_key
from depgen.model import Border, Edge, FromUpstream, Group, KeyFormat, Literally, Node, Param, Telling
from depgen.opendays import open_day
from depgen.plan import Alert, Decision
from depgen.programs import quoted
from depgen.telling import telling
from depgen.times import DAY, WEEK, Period, shift

_RFC3339 = """def rfc3339: . as $e | (localtime | mktime) as $w | ($w - $e | if . < 0 then -. else . end) as $o
  | ($w | strftime("%Y-%m-%dT%H:%M:%S")) + (if $w < $e then "-" else "+" end)
    + "\\(100 + ($o / 3600 | floor) | tostring | .[1:]):\\(100 + ($o % 3600 / 60 | floor) | tostring | .[1:])";"""
# The facts that a run was fired on, and whose hand was in it.
_CAUSE = '($new | [{facts} | select(.ok) | [.workflow, .finishedAt, .hand]] + [.["fire.{node}"] // empty] | tojson)'

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
    facts = _facts(any(edge.is_plural for edge in node.edges.leaves))
    cause = _CAUSE.format(node=node.id, facts=facts)
    annotations = [] if alert else [f'"{naming.ANNOTATION_CAUSE}": {cause}']
    annotations += [f'"depgen.io/{name}": {quoted(text)}' for name, text in node.notes]
    annotations += [f"{quoted(name)}: {quoted(text)}" for name, text in run.annotations]
    where = f', namespace: "{run.namespace}"' if run.namespace != decision.namespace else ""
    noted = f", annotations: {{{', '.join(annotations)}}}" if annotations else ""
    name = naming.workflow_prefix(decision.graph, id_)
    again = "\\($new | again)" if node.is_refreshed else ""
    return f'{{ name: "{name}\\($key){again}"{where}, labels: {{{labels}}}{noted} }}'


def _facts(has_plural: bool) -> str:
    """jq: all facts that the edges rest on."""
    return "edges | (.each // [.])[]" if has_plural else "edges"


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
        self.edges = self.node.edges.leaves
        self.dynamic = (
            [(name, p) for name, p in self.node.run.params if not isinstance(p, Literally)]
            if self.node.run
            else []
        )
        self.keys = KeyDefs(decision.zone)
        self.text = Edges(decision, self.keys)
        self.need = self.keys.need

    def context(self) -> dict[str, object]:
        params = self.params()
        edges = self.text.defs()
        if self.decision.alert:
            edges = [self.missed(self.decision.alert)] if self.decision.alert.of else []
        gate, skipped = self.gate(), self.text.skipped()
        return {
            "graph": self.decision.graph,
            "is_alert": self.decision.alert is not None,
            "others": self.decision.alert.others if self.decision.alert else (),
            "is_shadow": self.decision.is_shadow,
            "prefix": naming.workflow_prefix(self.decision.graph, self.node.id),
            "ledger": naming.ledger_prefix(self.decision.graph, self.decision.partition),
            "node": self.node.id,
            "day": f"($key | {date_of(self.decision.every)})?" if self.text.needs_day else "",
            "is_filtered": self.text.is_filtered,
            "renames": dict(self.decision.renames),
            "was": dict(self.decision.renames).get(self.node.id, ""),
            "is_refreshed": self.is_refreshed,
            "skipped": skipped,
            "is_traced": self.decision.alert is None
            and any(isinstance(p, FromUpstream) and p.field in ("uid", "node") for _, p in self.dynamic),
            "edges": ", ".join(f"edge{index}" for index in range(len(self.edges) or 1)),
            "ready": self.ready(),
            "wanted": self.wanted(bool(gate), bool(skipped)),
            "facts": _facts(self.text.has_plural),
            "unclaimed": self.unclaimed(),
            "fresh_facts": ", ".join([*self.fresh(), *(f'clock("{name}")' for name in self.opening())]),
            "defs": "\n".join([*self.keys.needed, *edges]),
            "gate": gate,
            "mutex": self.mutex() if self.node.is_queued and not self.decision.is_shadow else "",
            "params": params,
            "fresh": self.decision.fresh,
        }

    @property
    def is_refreshed(self) -> bool:
        """Whether the node can run more than once for a key, which nobody looks at in shadow mode."""
        return self.node.is_refreshed and not self.decision.is_shadow and not self.decision.alert

    def fresh(self) -> list[str]:
        """What can make the node ready, beside clocks."""
        return ["edges", *(["past"] if self.node.depends_on_past else [])]

    def opening(self) -> list[str]:
        """The clocks whose coming can make the node ready."""
        names = [
            *(["notBefore"] if self.node.not_before else []),
            *(["cutoff"] if self.runs_at_cutoff else []),
            *(name for name in self.node.clocks if name.startswith("settle-")),
        ]
        if names:
            self.need(CLOCK)
        return [f"{self.node.id}.{name}" for name in names]

    @property
    def runs_at_cutoff(self) -> bool:
        return self.node.cutoff is not None and self.node.on_cutoff == "run"

    def gate(self) -> str:
        """The clock fact, or an edge that was satisfied after that time: then its time has come too."""
        if not self.node.not_before:
            return ""
        self.need(CLOCK, LOCAL)
        # A graph that is new, or a tick that was lost: the cutoff is later than the gate.
        late = f'clock("{self.node.id}.cutoff"), ' if self.runs_at_cutoff else ""
        after = f"local >= $day + {self.text.seconds(self.node.not_before)}"
        return (
            f'def gate: first((clock("{self.node.id}.notBefore"), {late}(edges | .ok = (.ok and {after})),'
            ' {ok: has("backfill")}) | select(.ok)) // {};'
        )

    def unclaimed(self) -> str:
        """No claim, run or outcome; where late upstreams still count, an outcome of the cutoff does not."""
        if self.decision.is_shadow:
            return f'.["shadow.{self.node.id}"] == null'
        if self.is_refreshed:
            return self.outdated()
        is_patient = self.node.cutoff is not None and self.node.on_late == "run"
        test = '.reason != "cutoff"' if is_patient else "true"
        return (
            f'latest("{self.node.id}.\\($key)"{"; " + test if self.text.is_filtered else ""}).phase == null'
        )

    def missed(self, alert: Alert) -> str:
        """The edge of an alert: a clock came, and what it stands for had not happened by then."""
        self.need(CLOCK)
        name = "startBy" if alert.kind == "late" else "deadline"
        met = '(.phase == "Succeeded" or .phase == "Skipped") and .finishedAt <= $clock.at'
        if alert.kind == "late":
            # The end of a run says nothing of its start, but what has ended by then had started.
            met = "(.at // .finishedAt) <= $clock.at"
        run = f'latest("{alert.of}.\\($key)"; '
        return (
            f'def edge0: clock("{alert.of}.{name}") as $clock | ({run}{met}).phase == null) as $open'
            f' | {run}true) + {{finishedAt: $clock.at, node: "{alert.of}", ok: ($clock.ok and $open)}};'
        )

    def outdated(self) -> str:
        """No claim yet, or upstreams that finished after what the newest run was fired on: one of them, or all."""
        if self.node.on_rerun == "hold":
            # Without a claim `$used` is null, and in jq every text is more than that.
            return '(used as $used | all(edges; (.finishedAt // "") > $used))'
        newest = f"([{_facts(self.text.has_plural)} | select(.ok).finishedAt] | max)"
        return f"(used as $used | $used == null or {newest} > $used)"

    def ready(self) -> str:
        ready = self.satisfied()
        if self.runs_at_cutoff:
            ready = f'({ready} or clock("{self.node.id}.cutoff").ok)'
        if self.node.depends_on_past and self.node.active_from:
            first = quoted(self.decision.every.key(date.fromisoformat(self.node.active_from)))
            ready += f" and ($key == {first} or past.ok)"
        return ready

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

    def wanted(self, has_gate: bool, can_be_skipped: bool) -> str:
        """Whether the node would run for the key if nobody held it and it had not run yet."""
        if self.node.is_suspended:
            return "false"
        ready = ["(skipped | not)"] * can_be_skipped + ["ready"] + ["gate.ok"] * has_gate
        return " and ".join([*self.guards(), *ready])

    def guards(self) -> list[str]:
        """What a key has to be for the node to run for it at all."""
        every, node = self.decision.every, self.node
        # Without a key only the facts of other keys could be found.
        parts = ["$key != null"] if any(edge.match.kind != "same" for edge in self.node.reads) else []
        if self.decision.servings or self.decision.calendar:
            # Keys are calculated with, and a ledger of another period has keys of another form.
            parts = [f'($key // "" | test({quoted(every.pattern[:-1] + "(-|$)")}))']
        if self.decision.calendar and every.kind in ("day", "slot"):
            parts.append(f"($key | {date_of(every)} | {open_day(self.decision.calendar, self.keys)})")
        # What was decided in shadow mode is the cron's, which may still be at it; a backfill or a hand can tell otherwise.
        if node.replaces and not self.decision.is_shadow:
            parts.append(f'(.["shadow.{node.id}"] == null or has("backfill"))')
        if node.active_from:
            parts.append(f"$key >= {quoted(every.key(date.fromisoformat(node.active_from)))}")
        if node.active_until:
            parts.append(f"$key < {quoted(every.key(date.fromisoformat(node.active_until)))}")
        return parts

    def mutex(self) -> str:
        """What keys of the node queue for; what is run again queues by itself, apart from tonight's runs."""
        name = naming.mutex(self.decision.graph, self.node.id)
        return f'"{name}\\("\\($key)" | split("-")[1:] | map("." + .) | add // "")"'

    def params(self) -> str:
        if not self.dynamic:
            return ""
        fields = ", ".join(f"{quoted(name)}: {self.param(param)}" for name, param in self.dynamic)
        can_lack = any(isinstance(p, FromUpstream) and p.default is None for _, p in self.dynamic)
        found = f"{{{fields}}}" + (" | with_entries(select(.value != null))" if can_lack else "")
        reads = any(isinstance(p, FromUpstream | Telling) for _, p in self.dynamic)
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
            case Telling() if self.decision.alert:
                return telling(param, self.decision.alert, self.decision.graph)
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
            return self.value(
                f"([{_facts(self.text.has_plural)} | select(.ok)] | max_by(.finishedAt) // {{}})", param
            )
        index, edge = next((i, e) for i, e in enumerate(self.edges) if e.upstream == param.node)
        if not edge.is_plural:
            return self.value(f"edge{index}", param)
        if param.field == "missing":
            return f"([edge{index}.each[] | select(.ok | not).key] | tojson)"
        return f"([edge{index}.each[] | {{key, value: {self.value('.', param)}}}] | tojson)"

    def key_read(self, param: FromUpstream) -> str:
        """jq: the key of the upstream that an edge on one key reads."""
        index = next((i for i, edge in enumerate(self.edges) if edge.upstream == param.node), None)
        serving = self.text.servings[index] if index is not None else None
        if serving is None or serving.edge.match.kind == "same":
            return '"\\($key)"'
        return f"($key | {serving.wanted(self.keys)})?"

    def value(self, fact: str, param: FromUpstream) -> str:
        """jq: what a parameter takes from one fact."""
        if param.field == "missing":
            return f'(if ({fact}.phase // "Submitted") == "Submitted" then [{self.key_read(param)}] else [] end | tojson)'
        fact = "" if fact == "." else fact
        if param.output is not None:
            value = f"{fact}.outputs[{quoted(param.output)}]?"
        else:
            value = {
                "workflow": f"{fact}.workflow",
                "phase": f"{fact}.phase",
                "finishedAt": f"{fact}.finishedAt",
                "uid": f'({fact}.k // "" | split(".")[3])',
                "node": f'({fact}.k // "" | split(".")[1])',
            }[param.field or ""]
        return f"({value} // {quoted(param.default)})" if param.default is not None else f"({value} // null)"
