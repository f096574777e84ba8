"""Environments: what lies over what, where mistakes stand, and what the sweep in the cluster is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from depgen import environments, pipeline
from depgen.diagnostics import Finding, Severity
from depgen.model import Graph, Literally
from depgen.pipeline import Checked, InputFile

GRAPH = """\
apiVersion: depgen.io/v1
graph: etl
namespace: data
timezone: Europe/Paris
keep: 14d
defaults: {owner: platform, run: {spec: {priority: 1, serviceAccountName: etl}}}
sweeper: {image: "registry.example.com/depgen:1", every: 15m}
environments:
  dev:
    mode: shadow
    sweeper: null
    nodes:
      report: {suspend: true, notBefore: null}
      audit: null
  prod:
    namespace: data-prod
    timezone: Europe/Berlin
    keep: 30d
    defaults: {run: {spec: {serviceAccountName: etl-prod}}}
    sweeper: {every: 5m}
    eventBus: pipelines
    nodes:
      sales: {source: {cronWorkflow: sales-load-prod}}
      report:
        run: {params: {stage: prod}}
        dependsOn: [sales, stock]
nodes:
  sales: {source: {cronWorkflow: sales-load}}
  stock: {source: {cronWorkflow: stock-load}}
  report:
    run: {workflowTemplate: daily-report, params: {stage: none, day: {key: "%Y-%m-%d"}}}
    dependsOn: [sales]
    notBefore: "20:00"
  audit:
    run: {workflowTemplate: audit}
    dependsOn: [report]
"""
HEAD = "apiVersion: depgen.io/v1\ngraph: etl\ntimezone: Europe/Paris\n"
NODES = "nodes:\n  a: {source: {cronWorkflow: a}}\n  r: {run: {workflowTemplate: t}, dependsOn: [a]}\n"


def checked(environment: str, *texts: str) -> Checked:
    files = [InputFile(f"{i}.yaml", text.encode()) for i, text in enumerate(texts or (GRAPH,))]
    return pipeline.check(pipeline.load(files, environment))


def graph(environment: str, *texts: str) -> Graph:
    found = checked(environment, *texts)
    assert not found.has_errors, found.findings
    (one,) = found.graphs
    return one


def told(found: Checked) -> list[tuple[str, int, int, str]]:
    """Where each error stands, and its rule."""
    return [(f.position.path, f.position.line, f.position.column, f.rule) for f in errors(found)]


def errors(found: Checked) -> list[Finding]:
    return [f for f in found.findings if f.severity is Severity.ERROR]


def everywhere(*texts: str) -> list[tuple[int, str, str]]:
    files = [InputFile(f"{i}.yaml", text.encode()) for i, text in enumerate(texts)]
    return [(f.position.line, f.rule, f.message) for f in pipeline.check_everywhere(pipeline.load(files))]


# ---- what lies over what ----


def test_without_an_environment_the_graph_is_what_it_says() -> None:
    plain = graph("", GRAPH[: GRAPH.index("environments:")] + GRAPH[GRAPH.index("nodes:\n  sales") :])
    base = graph("")
    assert (base.namespace, base.zone, base.nodes.keys()) == ("data", "Europe/Paris", plain.nodes.keys())
    assert [n.run for n in base.nodes.values()] == [n.run for n in plain.nodes.values()]


def test_a_value_replaces_and_a_mapping_is_merged() -> None:
    prod = graph("prod")
    assert (prod.namespace, prod.zone, prod.keep.days, prod.event_bus) == (
        *("data-prod", "Europe/Berlin"),
        *(30, "pipelines"),
    )
    assert prod.sweeper is not None
    assert (prod.sweeper.image, prod.sweeper.every) == ("registry.example.com/depgen:1", 300)
    report = prod.nodes["report"]
    assert report.run is not None
    assert report.run.name == "daily-report"
    assert dict(report.run.params)["stage"] == Literally("prod")
    assert [name for name, _ in report.run.params] == ["stage", "day"]
    assert str(report.clocks["notBefore"].seconds) == str(20 * 3600)


def test_a_list_is_replaced_as_a_whole() -> None:
    assert [edge.upstream for edge in graph("prod").nodes["report"].edges.leaves] == ["sales", "stock"]


def test_a_null_removes_a_field_or_a_node() -> None:
    dev = graph("dev")
    assert (dev.sweeper, dev.is_shadow, sorted(dev.nodes)) == (None, True, ["report", "sales", "stock"])
    assert dev.nodes["report"].is_suspended
    assert dev.nodes["report"].clocks == {}


def test_defaults_are_laid_before_they_are_merged_into_nodes() -> None:
    for name, account in (("", "etl"), ("dev", "etl"), ("prod", "etl-prod")):
        run = graph(name).nodes["report"].run
        assert run is not None
        assert run.spec == {"priority": 1, "serviceAccountName": account}


def test_the_same_text_builds_each_environment_differently() -> None:
    digests = {pipeline.load([InputFile("g.yaml", GRAPH.encode())], e).digest for e in ("", "dev", "prod")}
    assert len(digests) == 3


def test_an_environment_reaches_all_files_of_its_graph() -> None:
    first = (
        HEAD
        + "namespace: data\ndefaults: {owner: a}\nenvironments: {prod: {namespace: live, timezone: UTC, defaults: {tags: [p]},"
        " nodes: {b: {suspend: true}}}}\n" + NODES
    )
    second = (
        HEAD
        + "namespace: data\nnodes:\n  b: {run: {workflowTemplate: t}, dependsOn: [r], activeFrom: '2026-01-01'}\n"
    )
    prod = graph("prod", first, second)
    assert (prod.namespace, prod.zone, prod.nodes["b"].is_suspended) == ("live", "UTC", True)
    assert dict(prod.nodes["b"].notes) == {"tags": "p"}
    assert dict(prod.nodes["r"].notes) == {"owner": "a", "tags": "p"}


def test_a_field_of_the_graph_is_laid_on_the_file_that_has_it() -> None:
    first = HEAD + "namespace: data\nsweeper: {image: x}\n" + NODES
    second = HEAD + "environments: {prod: {sweeper: {every: 1m}, keep: 30d}}\nnodes: {}\n"
    for texts in ((first, second), (second, first)):
        prod = graph("prod", *texts)
        assert prod.sweeper is not None
        assert (prod.sweeper.image, prod.sweeper.every, prod.keep.days) == ("x", 60, 30)


# ---- where mistakes stand ----


def test_what_only_an_environment_holds_is_told_there() -> None:
    text = (
        HEAD
        + "namespace: data\nenvironments:\n  prod:\n    nodes:\n      r: {window: {from: '18:00'}}\n"
        + NODES
    )
    documents = pipeline.load([InputFile("0.yaml", text.encode())]).documents
    laid, _ = environments.laid(documents, "prod", frozenset())
    window = ("nodes", "r", "window")
    assert [laid["0.yaml"].position((*window, *rest)).line for rest in ((), ("from",), ("to",))] == [8, 8, 8]
    assert laid["0.yaml"].position(("nodes", "r", "dependsOn", 0)).line == 11
    assert laid["0.yaml"].position(("nodes", "r", "other")).line in (8, 11)


def test_a_mistake_stands_where_it_is_written() -> None:
    text = (
        HEAD + "namespace: data\nenvironments:\n  prod:\n    nodes:\n      r: {notBefore: '25:00'}\n" + NODES
    )
    assert told(checked("prod", text)) == [("0.yaml", 8, 22, "bad-time")]
    assert told(checked("", text)) == []


def test_a_mistake_of_the_graph_stands_there_in_every_environment() -> None:
    text = (
        HEAD
        + "namespace: data\nenvironments: {prod: {nodes: {r: {suspend: true}}}}\n"
        + NODES.replace("[a]", "[b]")
    )
    assert told(checked("prod", text)) == told(checked("", text)) == [("0.yaml", 8, 47, "unknown-upstream")]


def test_a_mistake_in_the_environments_of_another_file_names_that_file() -> None:
    one = HEAD + "namespace: data\nenvironments:\n  prod:\n    nodes: {r: {dependsOn: [x, a]}}\nnodes: {}\n"
    assert told(checked("prod", one, HEAD + NODES)) == [("0.yaml", 7, 29, "unknown-upstream")]


def test_a_mistake_that_a_removal_makes_is_told_where_something_is() -> None:
    text = HEAD + "namespace: data\nenvironments:\n  prod:\n    nodes:\n      a: null\n" + NODES
    assert told(checked("prod", text)) == [("0.yaml", 11, 47, "unknown-upstream")]


def test_a_mistake_in_defaults_of_an_environment_stands_there() -> None:
    text = (
        HEAD
        + "namespace: data\nenvironments:\n  prod:\n    defaults: {run: {spec: {prioritty: 1}}}\n"
        + NODES
    )
    assert told(checked("prod", text)) == [("0.yaml", 7, 29, "workflow-spec")]


@pytest.mark.parametrize(
    ("written", "rule", "column"),
    [
        ("{namespce: x}", "unknown-field", 9),
        ("{keep: 14}", "wrong-type", 15),
        ("{graph: other}", "unknown-field", 9),
        ("{environments: {}}", "unknown-field", 9),
        ("x", "wrong-type", 8),
        ("{nodes: {r: 5}}", "wrong-type", 20),
    ],
)
def test_the_form_of_an_environment_is_told_once_and_always(written: str, rule: str, column: int) -> None:
    text = HEAD + f"namespace: data\nenvironments:\n  p-d: {written}\n" + NODES
    for environment in ("", "p-d"):
        assert told(checked(environment, text)) == [("0.yaml", 6, column, rule)]
    assert [(line, found) for line, found, _ in everywhere(text)] == [(6, rule)]


def test_a_node_that_does_not_exist_is_found() -> None:
    text = HEAD + "namespace: data\nenvironments: {prod: {nodes: {rr: {suspend: true}}}}\n" + NODES
    (finding,) = checked("prod", text).findings
    assert (finding.rule, finding.hint) == ("unknown-node", 'did you mean "r"?')


def test_files_that_say_different_things_of_an_environment_are_found() -> None:
    texts = [HEAD + f"namespace: data\nenvironments: {{prod: {{keep: {n}d}}}}\n" for n in (1, 2)]
    found = told(checked("prod", texts[0] + NODES, texts[1] + "nodes: {}\n"))
    assert found == [("1.yaml", 5, 23, "files-disagree")]


def test_an_environment_that_a_graph_does_not_have_is_an_error() -> None:
    (finding,) = errors(checked("prdo"))
    assert finding.text == 'graph "etl" has no environment "prdo"; did you mean "prod"?'
    assert finding.position.line == 8
    (finding,) = errors(checked("zzz"))
    assert finding.hint == 'it has "dev" and "prod"'
    (finding,) = errors(checked("prod", HEAD + "namespace: data\n" + NODES))
    assert (finding.position.line, finding.hint) == (2, 'add it to "environments"')


def test_every_graph_of_a_build_has_to_have_the_environment() -> None:
    other = GRAPH.replace("graph: etl", "graph: shop").replace("  prod:", "  live:")
    assert [f.text for f in errors(checked("prod", GRAPH, other))] == [
        'graph "shop" has no environment "prod"; it has "dev" and "live"'
    ]


def test_looking_everywhere_tells_each_mistake_once() -> None:
    text = (
        HEAD
        + "namespace: data\nenvironments:\n  dev: {nodes: {r: {run: {workflowTemplate: null}}}}\n"
        + "  prod: {timezone: Europe/Pari}\n  test: {nodes: {r: {run: {workflowTemplate: null}}}}\n"
        + NODES.replace("[a]", "[b]")
    )
    found = [(line, rule, message.partition(" (")[2]) for line, rule, message in everywhere(text)]
    assert found == [
        (6, "one-of", "environment dev)"),
        (7, "unknown-timezone", "environment prod)"),
        (8, "one-of", "environment test)"),
        (11, "unknown-upstream", ""),
    ]


def test_a_mistake_of_several_environments_names_them() -> None:
    text = HEAD + "namespace: data\nenvironments: {a: {mode: shadow}, b: {mode: shadow}}\n"
    text += NODES + "  s: {run: {workflowTemplate: t}, dependsOn: [r]}\n"
    messages = [message for _, rule, message in everywhere(text) if rule == "shadow-chain"]
    assert len(messages) == 1
    assert messages[0].endswith("(environment a, b)")


# ---- the sweep in the cluster ----


def swept(environment: str) -> dict[str, dict[str, Any]]:
    files = pipeline.build(checked(environment)).files
    return {o["kind"]: o for o in yaml.safe_load_all(files.get("etl-sweeper.yaml", ""))}


def test_the_sweep_is_told_its_environment_and_knows_no_other() -> None:
    found = swept("prod")
    for kind in ("CronJob", "Job"):
        spec = found[kind]["spec"]
        spec = spec["jobTemplate"]["spec"] if kind == "CronJob" else spec
        (container,) = spec["template"]["spec"]["containers"]
        assert container["args"] == ["reconcile", "/graph", "--env", "prod", "--fail-on", "never"]
    assert found["ConfigMap"]["metadata"]["namespace"] == "data-prod"
    (text,) = found["ConfigMap"]["data"].values()
    assert list(yaml.safe_load(text)["environments"]) == ["prod"]


def test_the_sweep_reads_the_graph_that_was_built() -> None:
    (text,) = swept("prod")["ConfigMap"]["data"].values()
    again = graph("prod", text)
    assert [n._replace(place=None) for n in again.nodes.values()] == [  # type: ignore[arg-type]
        n._replace(place=None, edges=again.nodes[n.id].edges)  # type: ignore[arg-type]
        for n in graph("prod").nodes.values()
    ]
    assert (again.namespace, again.zone, again.keep) == ("data-prod", "Europe/Berlin", graph("prod").keep)


def test_the_sweep_without_an_environment_carries_none() -> None:
    (text,) = swept("")["ConfigMap"]["data"].values()
    assert "environments" not in yaml.safe_load(text)
    assert swept("dev") == {}


def test_the_sweep_after_a_sync_has_another_name_in_another_environment() -> None:
    names = {swept(environment)["Job"]["metadata"]["name"] for environment in ("", "prod")}
    assert len(names) == 2


# ---- an overlay's namespace ----


def moved_to(namespace: str, *texts: str, environment: str = "") -> Checked:
    files = [InputFile(f"{i}.yaml", text.encode()) for i, text in enumerate(texts)]
    return pipeline.check(replace(pipeline.load(files, environment), namespace=namespace))


def test_a_moved_graph_takes_what_it_says_of_its_own_namespace_along() -> None:
    nodes = (
        "nodes:\n  a: {source: {cronWorkflow: a, namespace: data}}\n"
        "  b: {source: {cronWorkflow: b, namespace: other}}\n"
        "  r: {run: {workflowTemplate: t, namespace: data}, dependsOn: [a, b]}\n"
    )
    (graph,) = moved_to("staging", f"{HEAD}namespace: data\n{nodes}").graphs
    assert graph.namespace == "staging"
    sources = {id_: node.source.namespace for id_, node in graph.nodes.items() if node.source}
    assert sources == {"a": "staging", "b": "other"}
    run = graph.nodes["r"].run
    assert run
    assert run.namespace == "staging"


def test_every_file_of_a_graph_moves_though_one_alone_says_where_it_was() -> None:
    rest = HEAD + "nodes:\n  c: {source: {cronWorkflow: c, namespace: data}}\n"
    found = moved_to("staging", f"{HEAD}namespace: data\n{NODES}", rest)
    assert not found.has_errors
    source = found.graphs[0].nodes["c"].source
    assert source
    assert (found.graphs[0].namespace, source.namespace) == ("staging", "staging")


def test_an_overlay_lies_over_the_environment() -> None:
    assert moved_to("staging", GRAPH, environment="prod").graphs[0].namespace == "staging"


def test_a_moved_graph_tells_its_mistakes_where_they_stand() -> None:
    text = f"{HEAD}namespace: data\n" + NODES.replace("dependsOn: [a]", "dependsOn: [x]")
    (found,) = moved_to("staging", text).findings
    assert (found.rule, found.position.line) == ("unknown-upstream", 7)
