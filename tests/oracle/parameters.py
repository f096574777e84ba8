"""The parameters of a run, from its key and from the facts it was fired on."""

from __future__ import annotations

import json
from typing import Any

from tests.oracle import moments
from tests.oracle.deciding import Deciding
from tests.oracle.known import Fact
from tests.oracle.looking import Seen
from tests.oracle.reading import Json


class Parameters(Deciding):
    """Fills them in."""

    def params(self, id_: str, key: str) -> dict[str, str]:
        every, seen = self.graph.every(id_), self.seen(id_, key)
        found = {}
        for name, value in self.graph.nodes[id_]["run"].get("params", {}).items():
            if isinstance(value, dict) and "from" in value:
                found[name] = self.taken(value, seen)
            else:
                found[name] = self.literal(value, key, every)
        return found

    def literal(self, value: Any, key: str, every: str) -> str:
        if not isinstance(value, dict):
            return str(value).lower() if isinstance(value, bool) else str(value)
        if "key" in value:
            return moments.begin(key).strftime(value["key"])
        border = {"start": moments.start, "end": moments.end}[value["interval"]]
        return moments.rfc3339(border(key, every, self.graph.zone), self.graph.zone)

    def taken(self, value: Json, seen: list[Seen]) -> str:
        """From the fact of an upstream, or with `$trigger` from the newest one in use, the last written of equals."""
        if value["from"] == "$trigger":
            used = [fact for each in seen if each.is_ok for fact in each.used]
            newest = max((fact.finished for fact in used), default=None)
            return str(self.value_of(next((f for f in reversed(used) if f.finished == newest), None), value))
        found = next(each for each in seen if each.edge["node"] == value["from"])
        if not self.is_plural(found.edge):
            fact = found.each[0].fact if found.each else None
            if value.get("field") == "missing":
                return json.dumps([one.key for one in found.each if one.fact is None], separators=(",", ":"))
            return str(self.value_of(fact, value))
        if value.get("field") == "missing":
            return json.dumps([one.key for one in found.each if not one.is_ok], separators=(",", ":"))
        values = [{"key": one.key, "value": self.value_of(one.fact, value)} for one in found.each]
        return json.dumps(values, separators=(",", ":"))

    def is_plural(self, edge: Json) -> bool:
        match = edge["match"]
        return isinstance(match, dict) and "offset" not in match and match.get("pick") != "last"

    def value_of(self, fact: Fact | None, value: Json) -> str | None:
        default = value.get("default")
        if fact is None:
            return default
        if "output" in value:
            return fact.outputs.get(value["output"], default)
        fields = {
            "workflow": fact.workflow,
            "phase": fact.phase,
            "finishedAt": moments.utc(fact.finished),
            "node": fact.node,
        }
        return fields[value["field"]]
