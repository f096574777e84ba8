"""Some nights of examples/07-clocks-and-sweep, played on a cluster in memory for the documentation.

`python -m tests.house.shop NIGHT TIME COMMAND...` runs a depgen command at that time of 21 November, such as `night 22:10
status`, beside the example's graph.yaml. The commands are the real ones, client and all: they talk to a web server on
127.0.0.1 that answers out of a `FakeCluster`. What the Sensors would do, the compiled programs are asked.
"""

from __future__ import annotations

import heapq
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from datetime import time as dtime
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from depgen import cli, pipeline
from depgen.cluster import api
from depgen.cluster.api import CONFIG_MAPS, CRON_WORKFLOWS, WORKFLOWS, ClusterError, Resource
from depgen.cluster.hand import SELF_REVIEWS
from depgen.cluster.states import Subject
from depgen.runnable import runnable
from tests.fakes import matches
from tests.house.quotes import ROOT
from tests.sweeps import Stamped

PARIS = ZoneInfo("Europe/Paris")
LABEL = "workflows.argoproj.io/"
MINUTES = {"report": 25, "flash": 4, "tidy": 2}
SCHEDULES = {"sales-load": "0 18 * * *", "stock-load": "30 18 * * *", "daily-report": "0 20 * * *"}
FIRST = "shop-20261119"
USER = "ana@example.com"
RESOURCES = [value for value in vars(api).values() if isinstance(value, Resource)]


def moment(day: int, at: str) -> float:
    """A time of a day of November, by the clocks of Paris."""
    begin = datetime(2026, 11, day, tzinfo=PARIS)
    return datetime.combine(begin, dtime.fromisoformat(at.zfill(5)), PARIS).timestamp()


def shown(at: float) -> str:
    """As Kubernetes writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Shop:
    """The graph, its cluster, and what is still to happen. While `is_down`, no event reaches a Sensor."""

    subject: Subject
    cluster: Stamped = field(default_factory=lambda: Stamped(now=moment(18, "12:00")))
    is_down: bool = False
    _todo: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)
    _seen: dict[str, dict[str, Any]] = field(default_factory=dict)

    def later(self, at: float, action: Callable[[], None]) -> None:
        """What happens at a time."""
        heapq.heappush(self._todo, (at, next(self._numbers), action))

    def play(self, until: float) -> None:
        """All that happens up to a time, and what the Sensors do about it."""
        for clock in self.subject.programs.clocks:
            minute, hour, *_ = clock.event.schedule.split()
            for day in range(19, 24):
                at = moment(day, f"{hour:>02}:{minute:>02}")
                self.later(at, lambda at=at: self._tick(at))  # type: ignore[misc]
        while self._todo and self._todo[0][0] <= until:
            self.cluster.now, _, action = heapq.heappop(self._todo)
            action()
            self._decide()
        self.cluster.now = until

    # ---- Workflows ----

    def cron(self, name: str, day: int, at: str | None, phase: str = "Succeeded") -> None:
        """A run of a CronWorkflow begins on its schedule and ends at that time, or with None never begins."""
        minute, hour, *_ = SCHEDULES[name].split()
        start = moment(day, f"{hour:>02}:{minute:>02}")
        labels = {f"{LABEL}cron-workflow": name}
        metadata = {
            "name": f"{name}-{start:.0f}",
            "labels": labels,
            "annotations": {f"{LABEL}scheduled-time": shown(start)},
        }
        if at:
            self.later(start, lambda: self._begin(metadata, {}))
            self.later(moment(day, at), lambda: self._end(str(metadata["name"]), phase))

    def _begin(self, metadata: dict[str, Any], spec: dict[str, Any]) -> None:
        status = {"phase": "Running", "startedAt": shown(self.cluster.now)}
        self.cluster.add(WORKFLOWS, "data", {"metadata": metadata, "spec": spec, "status": status})
        self._record(str(metadata["name"]))

    def _end(self, name: str, phase: str) -> None:
        found = self.cluster.objects[WORKFLOWS, "data", name]
        found["metadata"]["labels"] |= {f"{LABEL}completed": "true", f"{LABEL}phase": phase}
        found["status"] |= {"phase": phase, "finishedAt": shown(self.cluster.now)}
        self.cluster.add(WORKFLOWS, "data", found)
        self._record(name)

    # ---- Sensors ----

    def _record(self, name: str) -> None:
        workflow = self.cluster.objects[WORKFLOWS, "data", name]
        programs = self.subject.programs
        for recorder in (*programs.recorders, *programs.claimers):
            if matches(recorder.event.selector, workflow["metadata"]["labels"]):
                self._merge(recorder.program.first({"type": "ADD", "body": workflow}, recorder.zone, now=0))

    def _tick(self, at: float) -> None:
        event = {"eventTime": f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} +0000 UTC"}
        for clock in self.subject.programs.clocks:
            told = clock.program.first(event, clock.zone, now=0)
            if told["name"] >= FIRST:
                self._merge(told)

    def _merge(self, told: dict[str, Any]) -> None:
        if self.is_down or not told["fresh"]:
            return
        found = self.cluster.objects.get((CONFIG_MAPS, "data", told["name"]), {"metadata": {}})
        metadata = {**found["metadata"], "name": told["name"], "labels": told["labels"]}
        data = {**found.get("data", {}), **told["data"]}
        self.cluster.add(CONFIG_MAPS, "data", {"metadata": metadata, "data": data})

    def _decide(self) -> None:
        ledgers = [
            (name, found)
            for (resource, _, name), found in sorted(
                self.cluster.objects.items(), key=lambda item: item[0][2]
            )
            if resource == CONFIG_MAPS and "depgen.io/key" in found["metadata"]["labels"]
        ]
        for name, found in ledgers if not self.is_down else ():
            event = {"type": "UPDATE", "body": found, "oldBody": self._seen.get(name, {})}
            self._seen[name] = found
            for decider in self.subject.programs.deciders.values():
                told = decider.program.first(event, decider.zone)
                if told["fire"]:
                    self._submit(found, told)

    def _submit(self, ledger: dict[str, Any], told: dict[str, Any]) -> None:
        if "metadata" not in told:  # shadow mode
            labels = ledger["metadata"]["labels"]
            self._merge({"fresh": True, "name": told["name"], "labels": labels, "data": told["data"]})
            return
        metadata = told["metadata"]
        minutes = MINUTES.get(metadata["labels"]["depgen.io/node"], 1)
        self._begin(metadata, {})
        end = self.cluster.now + minutes * 60
        self.later(end, lambda: self._end(metadata["name"], "Succeeded"))


# ---- the nights ----


def night(shop: Shop) -> None:
    """Two good nights; on the third the stock fails."""
    _good(shop)
    shop.cron("sales-load", 21, "18:52:10")
    shop.cron("stock-load", 21, "19:31:44", "Failed")


def outage(shop: Shop) -> None:
    """All is well, but for an EventBus that is down all evening."""
    _good(shop)
    shop.cron("sales-load", 21, "18:52:10")
    shop.cron("stock-load", 21, "19:07:31")
    shop.later(moment(21, "19:00"), lambda: setattr(shop, "is_down", True))


def missed(shop: Shop) -> None:
    """The Workflows controller was away when the stock should have started."""
    _good(shop)
    shop.cron("sales-load", 21, "18:52:10")


def shadow(shop: Shop) -> None:
    """The crons still do the work: one evening the stock is later than the report."""
    for day, stock in ((19, "19:03:20"), (20, "20:11:05"), (21, "19:07:31")):
        shop.cron("sales-load", day, "18:50:00")
        shop.cron("stock-load", day, stock)
        shop.cron("daily-report", day, "20:25:00")


NIGHTS = {one.__name__: one for one in (night, outage, missed, shadow)}


def _good(shop: Shop) -> None:
    for day, sales, stock in ((19, "18:49:30", "19:03:20"), (20, "18:55:02", "20:14:41")):
        shop.cron("sales-load", day, sales)
        shop.cron("stock-load", day, stock)


def shop_at(name: str, at: float, text: str) -> Shop:
    """The cluster of that night at that time."""
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    objects = pipeline.build(checked).objects()
    shop = Shop(Subject(checked.graphs[0], checked.analyses["shop"], runnable(objects)["shop"]))
    for cron, schedule in SCHEDULES.items():
        spec: dict[str, Any] = {"schedule": schedule, "timezone": "Europe/Paris", "workflowSpec": {}}
        if cron == "daily-report" and name != "shadow":
            spec["suspend"] = True
        shop.cluster.add(CRON_WORKFLOWS, "data", {"metadata": {"name": cron}, "spec": spec})
    since = {f"since.{node}": "2026-11-01T00:00:00Z" for node in shop.subject.programs.deciders}
    memory = {"metadata": {"name": "shop-sweep", "labels": {"depgen.io/sweep": "shop"}}, "data": since}
    shop.cluster.add(CONFIG_MAPS, "data", memory)
    NIGHTS[name](shop)
    shop.play(at)
    return shop


# ---- the API server ----


def handler(shop: Shop) -> type[BaseHTTPRequestHandler]:
    """As much of the Kubernetes API as depgen's client asks for, but for watches."""

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(lambda resource, namespace, name: self._get(resource, namespace, name))

        def do_POST(self) -> None:
            self._answer(
                lambda resource, namespace, _: shop.cluster.create(resource, namespace, self._sent())
            )

        def do_PATCH(self) -> None:
            self._answer(lambda resource, ns, name: shop.cluster.patch(resource, ns, name, self._sent()))

        def _get(self, resource: Resource, namespace: str, name: str) -> Any:
            if name:
                found = shop.cluster.get(resource, namespace, name)
                if found is None:
                    raise ClusterError(f'{resource.plural} "{name}" not found', 404, "NotFound")
                return found
            selector = parse_qs(urlsplit(self.path).query).get("labelSelector", [""])[0]
            return {"metadata": {}, "items": list(shop.cluster.list(resource, namespace, selector))}

        def _sent(self) -> dict[str, Any]:
            sent: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            return sent

        def _answer(self, ask: Callable[[Resource, str, str], Any]) -> None:
            status, told = 200, self._aside()
            try:
                told = told or ask(*self._what())
            except ClusterError as error:
                status, told = error.status, {"message": str(error), "reason": error.reason}
            text = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def _aside(self) -> dict[str, Any] | None:
            """What is no object of the cluster."""
            path = urlsplit(self.path).path
            if path == "/version":
                return {"gitVersion": shop.cluster.version}
            if path.endswith(f"/{SELF_REVIEWS.plural}"):
                return {"status": {"userInfo": {"username": USER}}}
            return None

        def _what(self) -> tuple[Resource, str, str]:
            parts = urlsplit(self.path).path.strip("/").split("/")
            rest = parts[2:] if parts[0] == "api" else parts[3:]
            namespace = rest[1] if rest[0] == "namespaces" else ""
            plural, *name = rest[2:] if namespace else rest
            return next(r for r in RESOURCES if r.plural == plural), namespace, "".join(name)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Nothing."""

    return Api


def main(arguments: list[str]) -> int:
    """Run a command at a time; its exit code."""
    name, at, *command = arguments
    now = moment(22 if at.endswith("+1d") else 21, at.removesuffix("+1d"))
    mode = "mode: shadow\n" if name == "shadow" else ""
    text = mode + (ROOT / "examples" / "07-clocks-and-sweep" / "graph.yaml").read_text(encoding="utf-8")
    shop = shop_at(name, now, text)
    time.time = lambda: now  # the night is over for everybody else
    server = TCPServer(("127.0.0.1", 0), handler(shop))  # an HTTPServer asks the DNS for its own name
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("graph.yaml").write_text(text, encoding="utf-8")
        Path("config").write_text(json.dumps(_kubeconfig(server.server_address[1])), encoding="utf-8")
        os.environ["KUBECONFIG"] = str(Path("config").absolute())
        try:
            return cli.run(command)
        finally:
            server.shutdown()
            server.server_close()


def _kubeconfig(port: int) -> dict[str, Any]:
    return {
        "current-context": "shop",
        "contexts": [{"name": "shop", "context": {"cluster": "shop", "user": "ana"}}],
        "clusters": [{"name": "shop", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "ana", "user": {}}],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
