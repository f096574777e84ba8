"""jq text: one `def` an edge, which says whether it counts and on which facts.

An edge that wants its own key, or one a fixed number of keys away, is an object of the one fact it rests on. Where the
wanted keys have to be computed, `serving` says how; an edge that can want several gives them all in `each`. Edges
with a lookback come in two steps, because it is measured from the newest fact of all edges.
"""

from __future__ import annotations

from depgen.keydefs import FIRST_OF_MONTH, INSTANT, MONTHS, KeyDefs, date_of
from depgen.model import Edge
from depgen.opendays import after, open_day
from depgen.plan import Decision
from depgen.programs import quoted
from depgen.serving import Serving
from depgen.times import DAY, WallTime

_AT = 'def at($s): $day + $s | strftime("%Y-%m-%dT%H:%M:%S");'
_LAST = 'def last: ($day + 2678400 | strftime("%Y%m01") | strptime("%Y%m%d") | mktime) - 86400 - $day;'
# What came of the clock facts: `at` is the instant that came. Like an edge, so that both can be asked alike.
CLOCK = (
    'def clock($of): .["clock.\\($of)"] // "" | [fromjson? | objects][0] // {}'
    " | .finishedAt = .at | .ok = (.at != null);"
)
# What the clocks of the zone showed at the finish, to compare with `$day`.
LOCAL = "def local: (.finishedAt | fromdateiso8601)? // 0 | localtime | mktime;"

# Whether a fact has a status.
_STATUS = {
    "success": '.phase == "Succeeded"',
    "failure": '(.phase | . == "Failed" or . == "Error" or . == "Expired" or . == "Rejected")',
    "done": '(.phase != null and .phase != "Submitted")',
}
_FINISH = "(.finishedAt | fromdateiso8601? // 0)"


class Edges:
    """The defs of one node's edges; what they need besides is put into `keys`."""

    def __init__(self, decision: Decision, keys: KeyDefs) -> None:
        self.decision, self.keys = decision, keys
        self.node = decision.node
        reads = self.node.reads
        self.edges = self.node.edges.leaves
        self.past = reads[-1] if len(reads) > len(self.edges) else None
        self.servings: tuple[Serving | None, ...] = decision.servings or (None,) * len(reads)
        self.drops_late = self.node.cutoff is not None and self.node.on_late == "drop"
        self.is_filtered = (
            any(edge.window or edge.match.kind != "same" for edge in reads)
            or self.node.cutoff is not None
            or decision.alert is not None
        )
        self.needs_day = bool(any(e.window for e in self.edges) or self.node.cutoff or self.node.not_before)

    @property
    def has_plural(self) -> bool:
        """Whether some edge can want several keys."""
        return any(edge.is_plural for edge in self.edges)

    def defs(self) -> list[str]:
        """All of them, in an order in which each knows those it uses."""
        lines = [self._status()] if self.statuses else []
        lines += [self._edge(index, edge) for index, edge in enumerate(self.edges)]
        if self.past:
            lines.append(self._past(self.past))
        return [*lines, *self._narrowed()]

    @property
    def statuses(self) -> list[str]:
        """Those that the edges ask for by name."""
        wanted = {edge.phases for edge in self.node.reads}
        return [name for name in _STATUS if name in wanted]

    def _status(self) -> str:
        """The def of the one status that all edges ask for, or of several by name."""
        if len(self.statuses) == 1:
            (name,) = self.statuses
            return f"def {name}: . + {{ok: (.hand or {_STATUS[name]})}};"
        # Whoever runs many programs compiles those together that differ in texts only: so here a status is a text.
        tests = {name: text if text[0] == "(" else f"({text})" for name, text in _STATUS.items()}
        table = ", ".join(f"{name}: {tests[name]}" for name in self.statuses)
        return f"def is($status): . + {{ok: (.hand or {{{table}}}[$status])}};"

    def is_narrowed(self, edge: Edge) -> bool:
        """Whether its facts have to be newer than something."""
        return bool(edge.lookback or edge.since_last_run)

    # ---- one edge ----

    def _edge(self, index: int, edge: Edge) -> str:
        if edge.is_plural:
            return self._plural(index, edge)
        name = "fact" if self.is_narrowed(edge) else "edge"
        free = 'has("backfill") as $free | ' if self._times(edge) else ""
        whole = f"{free}{self._found(index, edge)} | {self._judged(edge)}"
        if self._is_satisfied_where_closed(index):
            whole += f" | .ok = (.ok or (.phase == null and {self._closed(index)}))"
        return f"def {name}{index}: {whole};"

    def _found(self, index: int, edge: Edge) -> str:
        """jq: the newest fact of the one key that is wanted."""
        serving = self.servings[index]
        if edge.match.kind == "same":
            return self._latest(f'"{edge.upstream}.\\($key)"', edge)
        if serving is None or serving.is_plain:
            return self._latest(f'"{edge.upstream}"', edge, [f".offset == {edge.offset}"])
        wanted = serving.wanted(self.keys)
        fact = self._latest(f'"{edge.upstream}.\\($u)"', edge)
        return f'([($key | {wanted})?][0] // "") as $u | {fact} | .key = $u'

    def _latest(self, of: str, edge: Edge, tests: list[str] | None = None) -> str:
        times = self._times(edge)
        tests = [*(tests or []), *([f"($free or {' and '.join(times)})"] if times else [])]
        return f"latest({of}; {' and '.join(tests) or 'true'})" if self.is_filtered else f"latest({of})"

    def _judged(self, edge: Edge) -> str:
        """jq: a fact with `ok`: its phase and the author's condition."""
        if isinstance(edge.phases, str):
            status = f"is({quoted(edge.phases)})" if len(self.statuses) > 1 else str(edge.phases)
        else:
            phases = " or ".join(f".phase == {quoted(phase)}" for phase in edge.phases)
            status = f".ok = (.hand or {phases})"
        when = f" | .ok = (.ok and (.hand or ([any(({edge.when}\n); .)?][0] // false)))" if edge.when else ""
        return f"{status}{when}"

    def _times(self, edge: Edge) -> list[str]:
        """What a fact's finish must be for the edge; a backfill asks for none of it."""
        tests = []
        if edge.window:
            self.keys.need(_AT)
            start, end = self.seconds(edge.window.start), self.seconds(edge.window.end)
            tests += [f".wall >= at({start})", f".wall < at({end})"]
        if self.node.cutoff and self.drops_late and not edge.is_past:
            self.keys.need(LOCAL)
            tests.append(f"local < $day + {self.seconds(self.node.cutoff)}")
        return tests

    def seconds(self, time: WallTime) -> str:
        """jq: a time of the node as seconds after `$day`."""
        kind = self.decision.every.kind
        if time.from_end and kind == "month":
            self.keys.need(_LAST)
            return self._open_days(f"last + {time.offset}", "last", time)
        days = 6 if time.from_end and kind == "week" else 0
        return self._open_days(str(time.offset + days * DAY), str(days * DAY), time)

    def _open_days(self, plain: str, first: str, time: WallTime) -> str:
        calendar = self.decision.calendar
        if not time.open_days or calendar is None:
            return plain
        one = after(calendar, self.keys)
        later = f"reduce range({time.open_days}) as $_ ($day + {first}; {one})"
        return f"(({later}) - $day + {time.seconds})"

    # ---- several keys ----

    def _plural(self, index: int, edge: Edge) -> str:
        """`each` is told apart from the edge, whose facts may have to be new enough."""
        serving = self.servings[index]
        assert serving
        free = 'has("backfill") as $free | ' if self._times(edge) else ""
        of = f'"{edge.upstream}.\\($u)"'
        fact = f"$all | {self._latest(of, edge)} | .key = $u | {self._judged(edge)}"
        each = f"def each{index}: {free}. as $all | [($key | {serving.wanted(self.keys)})? as $u | {fact}];"
        return each if self.is_narrowed(edge) else f"{each}\n{self._whole(index, edge, f'each{index}')}"

    def _whole(self, index: int, edge: Edge, each: str) -> str:
        """The def of an edge from the one of its keys."""
        is_enough = "all($each[]; .ok)"
        if not self._is_satisfied_where_closed(index):
            is_enough = f"$each != [] and {is_enough}"
        if edge.require is not None:
            self.keys.need(CLOCK)
            least = edge.require if edge.require > 0 else f"($each | length) - {-edge.require}"
            clock = f'clock("{self.node.id}.settle-{edge.upstream}").ok'
            is_enough = f"({is_enough}) or ($each != [] and ([$each[] | select(.ok)] | length) >= {least} and {clock})"
        newest = "([$each[] | select(.ok)] | max_by(.finishedAt) | {finishedAt, workflow})"
        hand = f'.["satisfy.{self.node.id}.{edge.upstream}"]'
        return (
            f"def edge{index}: {each} as $each"
            f" | {{each: $each, hand: {hand}, ok: ({hand} or {is_enough})}} + {newest};"
        )

    # ---- closed days ----

    def _may_be_closed(self, index: int) -> bool:
        serving = self.servings[index]
        return (
            serving is not None
            and serving.their_calendar is not None
            and serving.theirs.kind in ("day", "slot")
        )

    def _is_satisfied_where_closed(self, index: int) -> bool:
        return self._may_be_closed(index) and self.edges[index].if_not_scheduled == "satisfy"

    def _closed(self, index: int) -> str:
        """jq: whether the upstream's calendar has none of the keys that the edge of `$key` wants."""
        serving = self.servings[index]
        assert serving
        assert serving.their_calendar
        if self.edges[index].match.kind in ("same", "containing"):
            day = f"$key | {date_of(serving.mine)} | {open_day(serving.their_calendar, self.keys)} | not"
            return f"([({day})?][0] // false)"
        return f"([($key | {serving.wanted(self.keys)})?] == [])"

    def skipped(self) -> str:
        """jq: whether closed upstreams leave the node out for `$key`; "" if they never do."""
        closable = [index for index in range(len(self.edges)) if self._may_be_closed(index)]
        skips = [self._closed(i) for i in closable if self.edges[i].if_not_scheduled == "skip"]
        satisfied = [self._closed(i) for i in closable if self.edges[i].if_not_scheduled == "satisfy"]
        if satisfied and len(satisfied) == len(self.edges):
            skips.append(f"({' and '.join(satisfied)})")
        return " or ".join(skips)

    # ---- what is measured from something else ----

    def _past(self, edge: Edge) -> str:
        return f"def past: {self._found(len(self.edges), edge)} | {self._judged(edge)};"

    def _narrowed(self) -> list[str]:
        """The edges whose facts have to be new enough: within a lookback of `newest`, or since the last run."""
        chosen = [(index, edge) for index, edge in enumerate(self.edges) if self.is_narrowed(edge)]
        lines = [self._newest()] if any(edge.lookback for _, edge in chosen) else []
        for index, edge in chosen:
            bound, test = self._bound(edge)
            if self._is_satisfied_where_closed(index) and not edge.is_plural:
                test = f".phase == null or {test}"
            test = f".ok = (.ok and (.hand or $free or {test}))"
            free = f'{bound} | has("backfill") as $free'
            if edge.is_plural:
                lines.append(f"def new{index}: {free} | each{index} | map({test});")
                lines.append(self._whole(index, edge, f"new{index}"))
            else:
                lines.append(f"def edge{index}: {free} | fact{index} | {test};")
        return lines

    def _bound(self, edge: Edge) -> tuple[str, str]:
        """jq: a variable, and the test of a fact with it."""
        if edge.since_last_run:
            return '(past.used // "") as $since', '(.finishedAt // "") > $since'
        lookback = edge.lookback
        assert lookback
        since = f"newest - {lookback.seconds}"
        if lookback.days or lookback.months:
            self.keys.need(*((FIRST_OF_MONTH, MONTHS) if lookback.months else ()), INSTANT)
            back = f"months(-{lookback.months})" if lookback.months else f". - {lookback.days * DAY}"
            since = f"newest | localtime | mktime | {back} | instant"
        return f"({since}) as $since", f"{_FINISH} >= $since"

    def _newest(self) -> str:
        facts = [self._before_narrowing(index, edge) for index, edge in enumerate(self.edges)]
        if self.node.not_before:
            self.keys.need(CLOCK)
            facts.append(f'clock("{self.node.id}.notBefore")')
        found = ", ".join(facts)
        return f"def newest: [({found}) | select(.ok).finishedAt] | max | fromdateiso8601? // 0;"

    def _before_narrowing(self, index: int, edge: Edge) -> str:
        if not self.is_narrowed(edge):
            return f"edge{index}"
        return f"each{index}[]" if edge.is_plural else f"fact{index}"
