"""The alerts: read by the real promtool, and each fires when it should and is silent when it should not.

A case is a file of promtool's own kind. Its `rule_files` name a graph of this folder.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests.monitoring.promtool import promtool
from tests.monitoring.rendered import GRAPHS, HERE, groups, objects, rules, text

CASES = sorted((HERE / "cases").glob("*.yaml"))
ETL = (HERE / "graphs" / "etl.yaml").read_text()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rules of each graph as a file of its name."""
    made = tmp_path_factory.mktemp("rules")
    for graph in GRAPHS:
        (made / graph.name).write_text(yaml.safe_dump({"groups": groups(graph.read_text())}))
    return made


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.stem)
def test_a_build_gives_what_is_expected(graph: Path) -> None:
    assert text(graph.read_text()) == (HERE / "expected" / graph.name).read_text()


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.stem)
def test_prometheus_takes_the_rules(graph: Path, folder: Path) -> None:
    number = len(rules(graph.read_text()))
    assert f"SUCCESS: {number} rules found" in promtool("check", "rules", folder / graph.name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_an_alert_fires_when_it_should_and_only_then(case: Path, folder: Path) -> None:
    here = folder / f"case-{case.name}"
    shutil.copyfile(case, here)
    promtool("test", "rules", here)


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    seen: dict[tuple[str, str], set[bool]] = {}
    for case in CASES:
        told = yaml.safe_load(case.read_text())
        (graph,) = told["rule_files"]
        for asked in (each for test in told["tests"] for each in test["alert_rule_test"]):
            seen.setdefault((graph, asked["alertname"]), set()).add("exp_alerts" in asked)
    alerts = {rule["alert"]: rule for rule in rules(ETL) if "alert" in rule}
    of_cron = {("nightly.yaml", "DepgenSweepSilent")}
    assert seen.keys() == {("etl.yaml", name) for name in alerts} | of_cron
    assert all(both == {True, False} for both in seen.values()), seen


def test_every_alert_says_what_it_is_how_bad_it_is_and_where_more_is_to_be_read() -> None:
    for graph in GRAPHS:
        for rule in (rule for rule in rules(graph.read_text()) if "alert" in rule):
            assert rule["labels"]["severity"] in ("warning", "critical")
            assert set(rule["annotations"]) == {"summary", "description", "runbook"}
            assert rule["annotations"]["runbook"] == f"monitoring.md#{rule['alert'].lower()}"


def test_alerts_link_to_the_page_that_is_given() -> None:
    (first, *_) = (t for t in yaml.safe_load_all(text(ETL, page="https://docs.example.com/monitoring.html")))
    alert = next(rule for rule in first["spec"]["groups"][0]["rules"] if "alert" in rule)
    assert alert["annotations"]["runbook_url"] == "https://docs.example.com/monitoring.html#depgenfirefailed"
    assert "runbook" not in alert["annotations"]


def test_nothing_is_said_of_what_a_graph_does_not_have() -> None:
    names = {rule["alert"] for rule in rules(ETL) if "alert" in rule}
    without_times = ETL.replace('    startBy: "21:00"\n    deadline: "22:00"\n', "")
    without_sweep = "\n".join(line for line in ETL.splitlines() if not line.startswith("sweeper"))
    assert names - {r["alert"] for r in rules(without_times) if "alert" in r} == {
        "DepgenNodeLate",
        "DepgenNodeMissed",
    }
    assert {r["alert"] for r in rules(without_sweep) if "alert" in r} == {
        "DepgenFireFailed",
        "DepgenEventsLost",
        "DepgenServiceDown",
        "DepgenEventSourceDeaf",
        "DepgenServiceRestarting",
        "DepgenBusBacklog",
        "DepgenConsumerStuck",
    }
    assert len(objects(without_sweep, "PodMonitor")) == len(objects(ETL, "PodMonitor")) - 1


def test_a_bus_of_several_graphs_has_its_rules_once() -> None:
    both = yaml.safe_load_all(text(ETL, ETL.replace("graph: etl", "graph: other")))
    names = [thing["metadata"]["name"] for thing in both if thing["kind"] == "PrometheusRule"]
    assert names == ["etl-alerts", "other-alerts", "default-eventbus"]
