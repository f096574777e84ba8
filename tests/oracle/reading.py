"""A graph file as plain data: `yaml.safe_load`, defaults merged, and what the language says of absent fields.

It trusts the file: a graph that depgen refuses means nothing here. Edges come out in their long form, in a tree of
groups (`{"need": 0 for all, else how many, "of": [...]}`).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml

from tests.oracle import moments

Json = dict[str, Any]
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Graph:
    """One graph file. `nodes` are the author's mappings, with `dependsOn` replaced by a tree."""

    def __init__(self, text: str) -> None:
        data = yaml.load(text, yaml.CSafeLoader)  # safe_load, only faster
        self.name: str = data["graph"]
        self.zone: str = data["timezone"]
        self.on_failure: Json | None = data.get("onFailure")
        self.calendars: Json = data.get("calendars", {})
        self.nodes: dict[str, Json] = {}
        for id_, node in sorted(data["nodes"].items()):
            for name, each in _expanded(id_, _with_defaults(node, data.get("defaults", {}))):
                self.nodes[name] = each
        for node in self.nodes.values():
            if "run" in node:
                node["tree"] = _tree(node)

    def runs(self) -> list[str]:
        """The nodes that are submitted."""
        return [id_ for id_, node in self.nodes.items() if "run" in node]

    def every(self, id_: str) -> str:
        """A node's period; a run's is that of its first edge on the same key, unless it has one of its own."""
        node = self.nodes[id_]
        if "source" in node:
            return str(node.get("key", {}).get("every", "day"))
        if "every" in node:
            return str(node["every"])
        same = [edge for edge in edges(node["tree"]) if _is_same_period(edge["match"])]
        return self.every(same[0]["node"])

    def is_open(self, id_: str, key: str) -> bool:
        """Whether a node has this key by its calendars; weeks and months are never closed."""
        node, every = self.nodes[id_], self.every(id_)
        if every in ("week", "month"):
            return True
        day = moments.day_of(key)
        is_in = "runsOn" not in node or self._is_open_day(node["runsOn"], day)
        return is_in and not ("excludes" in node and self._is_open_day(node["excludes"], day))

    def _is_open_day(self, name: str, day: date) -> bool:
        calendar = self.calendars[name]
        if day.isoformat() in calendar.get("extra", []):
            return True
        is_weekday = day.strftime("%a").lower() in calendar.get("days", WEEK)
        return is_weekday and day.isoformat() not in calendar.get("holidays", [])

    def zone_of(self, id_: str) -> str:
        """In which a node's keys and finishes are read."""
        return str(self.nodes[id_].get("key", {}).get("timezone", self.zone))


def _is_same_period(match: Any) -> bool:
    return match == "same" or (isinstance(match, dict) and ("offset" in match or "last" in match))


def _expanded(id_: str, node: Json) -> list[tuple[str, Json]]:
    """`per: upstream` is a node for each edge."""
    if node.get("per") != "upstream":
        return [(id_, node)]
    found = []
    for edge in node["dependsOn"]:
        upstream = edge if isinstance(edge, str) else edge["node"]
        found.append((f"{id_}-{upstream}", {**node, "dependsOn": [edge]}))
    return found


def _with_defaults(node: Json, defaults: Json) -> Json:
    given = {name: value for name, value in defaults.items() if (name == "key") == ("source" in node)}
    if "run" in node and "run" in given:
        given["run"] = {**given["run"], **node["run"]}
        node = {**node, "run": given["run"]}
    return {**given, **node}


def _tree(node: Json) -> Json:
    mode = node.get("mode", "all")
    need = {"all": 0, "any": 1, "atLeast": node.get("minSatisfied", 0)}[mode]
    return {"need": need, "of": [_member(each, node) for each in node["dependsOn"]]}


def _member(member: Any, node: Json) -> Json:
    if isinstance(member, str):
        member = {"node": member}
    for name, need in (("allOf", 0), ("anyOf", 1)):
        if name in member:
            return {"need": need, "of": [_member(each, node) for each in member[name]]}
    edge = {"status": "success", "match": "same", **member}
    if "window" in node:
        edge.setdefault("window", node["window"])
    return edge


def edges(tree: Json) -> list[Json]:
    """The edges of a tree, in the order they are written."""
    if "of" not in tree:
        return [tree]
    return [edge for member in tree["of"] for edge in edges(member)]
