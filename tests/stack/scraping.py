"""What processes of the stack say on /metrics, and the real Prometheus that asks them.

Debian's package `prometheus` has the server. Targets get the labels that an operator's PodMonitor would give them.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from tests.monitoring.promtool import program
from tests.stack.cluster import LocalStack
from tests.stack.processes import Process, free_port

INTERVAL = "1s"


def samples(address: str) -> Iterator[Sample]:
    """Every sample of a scrape."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        page = answer.read().decode()
    for family in text_string_to_metric_families(page):
        yield from family.samples


def scraped(address: str) -> dict[str, list[frozenset[str]]]:
    """The names of the series at an address, each with the names of the labels of every series."""
    found: dict[str, list[frozenset[str]]] = {}
    for sample in samples(address):
        found.setdefault(sample.name, []).append(frozenset(sample.labels))
    return found


@contextmanager
def running(stack: LocalStack, name: str, argv: Sequence[str | Path]) -> Iterator[Process]:
    """A process beside those of the stack, for as long as it is used."""
    process = stack.group.run(name, argv, {})
    try:
        yield process
    finally:
        process.stop()


@contextmanager
def kube_state_metrics(stack: LocalStack, namespace: str) -> Iterator[str]:
    """The address of one that tells of the pods and CronJobs of a namespace."""
    port, other = free_port(), free_port()
    config = stack.control_plane.kubeconfig(stack.group.folder / f"{namespace}-kubestate.kubeconfig")
    argv: list[str | Path] = [stack.binaries.kubestate, "--kubeconfig", config, "--namespaces", namespace]
    argv += ["--resources", "pods,cronjobs", "--host", "127.0.0.1", "--port", str(port)]
    argv += ["--telemetry-host", "127.0.0.1", "--telemetry-port", str(other)]
    with running(stack, f"{namespace}-kubestate", argv):
        yield f"127.0.0.1:{port}"


class Prometheus:
    """A server that is asked over HTTP."""

    def __init__(self, address: str) -> None:
        self._address = address

    def alerts(self) -> dict[str, str]:
        """The state of each alert that is pending or firing, by its name and what it is about."""
        found = self._asked("/api/v1/alerts")["alerts"]
        return {alert["labels"]["alertname"]: alert["state"] for alert in found}

    def knows(self, metric: str) -> bool:
        """Whether it has scraped a metric."""
        return bool(self._asked(f"/api/v1/query?query={metric}")["result"])

    def unhealthy(self) -> list[Any]:
        """Rules that could not be evaluated, and targets that could not be scraped."""
        rules = [rule for group in self._asked("/api/v1/rules")["groups"] for rule in group["rules"]]
        targets = self._asked("/api/v1/targets")["activeTargets"]
        wrong = [rule for rule in rules if rule["health"] != "ok"]
        return wrong + [target for target in targets if target["health"] != "up"]

    def _asked(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://{self._address}{path}", timeout=10) as answer:
            return json.load(answer)["data"]


@contextmanager
def prometheus(
    stack: LocalStack, folder: Path, groups: Sequence[Any], targets: Sequence[tuple[str, Mapping[str, str]]]
) -> Iterator[Prometheus]:
    """A server with these groups of rules, which scrapes these addresses and adds their labels."""
    rules, config, address = folder / "rules.yaml", folder / "prometheus.yaml", f"127.0.0.1:{free_port()}"
    rules.write_text(yaml.safe_dump({"groups": list(groups)}))
    scrapes = [{"targets": [target], "labels": dict(labels)} for target, labels in targets]
    told = {
        "global": {"scrape_interval": INTERVAL, "evaluation_interval": INTERVAL},
        "rule_files": [str(rules)],
        "scrape_configs": [{"job_name": "stack", "honor_labels": True, "static_configs": scrapes}],
    }
    config.write_text(yaml.safe_dump(told))
    argv = [program("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    with running(stack, f"{folder.name}-prometheus", [*argv, f"--web.listen-address={address}"]):
        yield Prometheus(address)
