"""What an import makes of manifests: the cases of import_cases, and that lint never refuses any of it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from depgen import pipeline
from depgen.cluster import api
from depgen.cluster.importing import Found, Wishes, graph_text, read_cluster, read_files
from depgen.cluster.importing.conditions import parse
from depgen.cluster.importing.schedules import timing
from tests.fakes import FakeCluster
from tests.unit.import_cases.cases import CASES, Case

Manifest = dict[str, Any]


def cron(name: str, schedule: str = "0 5 * * *", workflow: Manifest | None = None, **spec: Any) -> Manifest:
    workflow = workflow or {"workflowTemplateRef": {"name": "load"}}
    return {
        "kind": "CronWorkflow",
        "metadata": {"name": name, "namespace": "data"},
        "spec": {"schedule": schedule, "workflowSpec": workflow, **spec},
    }


def event(**labels: str) -> Manifest:
    """A resource event of completed Workflows with labels (`cron_workflow` is Argo's)."""
    argo = {"cron_workflow": "workflows.argoproj.io/cron-workflow", "phase": "workflows.argoproj.io/phase"}
    asked = {"workflows.argoproj.io/completed": "true"} | {argo.get(k, k): v for k, v in labels.items()}
    return {
        "resource": "workflows",
        "namespace": "data",
        "filter": {"labels": [{"key": k, "operation": "in", "value": v} for k, v in asked.items()]},
    }


def event_source(**events: Manifest) -> Manifest:
    return {
        "kind": "EventSource",
        "metadata": {"name": "es", "namespace": "data"},
        "spec": {"resource": events},
    }


def sensor(name: str, dependencies: list[str], conditions: str = "", **run: Any) -> Manifest:
    """One that runs a template of its own name; a dependency is called like the event that it is on."""
    workflow = {"kind": "Workflow", "spec": {"workflowTemplateRef": {"name": name}, **run}}
    template = {"name": name, "conditions": conditions, "k8s": {"source": {"resource": workflow}}}
    return {
        "kind": "Sensor",
        "metadata": {"name": name, "namespace": "data"},
        "spec": {
            "dependencies": [{"name": d, "eventSourceName": "es", "eventName": d} for d in dependencies],
            "triggers": [{"template": template}],
        },
    }


def found(*objects: Manifest) -> Found:
    result = Found()
    for one in objects:
        result.add(one)
    return result


def imported(*objects: Manifest, wishes: Wishes = Wishes()) -> tuple[str, Manifest]:  # noqa: B008
    """The graph's text and its nodes, of which lint says no error."""
    text = graph_text(found(*objects), wishes)
    assert errors(text) == []
    return text, yaml.safe_load(text)["nodes"]


def errors(text: str) -> list[str]:
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    return [f"{f.position.line}: {f.text} [{f.rule}]" for f in checked.findings if f.severity == "error"]


# ---- the cases ----


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path.name)
def test_a_case_gives_its_graph(case: Case) -> None:
    assert case.graph() == case.expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path.name)
def test_the_graph_of_a_case_can_be_built(case: Case) -> None:
    assert errors(case.graph()) == []
    loaded = pipeline.load([pipeline.InputFile("graph.yaml", case.graph().encode())])
    assert pipeline.build(pipeline.check(loaded)).files


def test_the_order_of_files_changes_nothing() -> None:
    for case in CASES:
        files = [(p.name, p.read_bytes()) for p in case.path.glob("*.yaml") if p != case.expected]
        turned = read_files(sorted(files, reverse=True))
        assert graph_text(turned, Wishes()) == case.graph()


# ---- schedules ----


@pytest.mark.parametrize(
    ("schedule", "every"),
    [
        ("0 5 * * *", "day"),
        ("0 5 * * 1-5", "day"),
        ("0 5 1,15 * *", "day"),
        ("0 5 1 1 *", "day"),
        ("0 5 * * 1", "week"),
        ("0 5 1 * *", "month"),
        ("0 6,18 * * *", "12h"),
        ("0 9-17 * * 1-5", "hour"),
        ("7 * * * *", "hour"),
        ("*/15 * * * *", "15m"),
        ("@hourly", "hour"),
        ("@every 6h", "6h"),
        ("* * * * *", "1m"),
        ("30 2 * * *", "day"),
    ],
)
def test_the_period_is_the_coarsest_in_which_it_fires_once(schedule: str, every: str) -> None:
    assert timing(cron("a", schedule, timezone="Europe/Paris")).every.text == every


def test_what_fires_more_often_than_keys_can_tell_apart_is_remarked() -> None:
    times = timing(cron("a", "@every 5s"))
    assert (times.every.text, times.remarks) == (
        "day",
        ("low: it fires more often than keys can tell apart",),
    )


def test_the_zone_of_most_is_the_graphs_and_the_others_say_theirs() -> None:
    _, nodes = imported(
        cron("a", timezone="Asia/Tokyo"),
        cron("b", timezone="Asia/Tokyo"),
        cron("c", "CRON_TZ=Europe/Paris 0 5 * * *"),
    )
    assert nodes["a"] == {"source": {"cronWorkflow": "a"}}
    assert nodes["c"] == {"source": {"cronWorkflow": "c"}, "key": {"timezone": "Europe/Paris"}}


def test_what_the_user_says_of_the_graph_is_taken() -> None:
    text, nodes = imported(cron("a"), wishes=Wishes("shop", "other", "Asia/Tokyo"))
    assert yaml.safe_load(text) | {"nodes": 0} == {
        "apiVersion": "depgen.io/v1",
        "graph": "shop",
        "namespace": "other",
        "timezone": "Asia/Tokyo",
        "nodes": 0,
    }
    assert nodes["a"]["source"] == {"cronWorkflow": "a", "namespace": "data"}


# ---- Sensors ----


def test_conditions_become_groups_and_phases_become_statuses() -> None:
    _, nodes = imported(
        *map(cron, "abc"),
        event_source(
            a=event(cron_workflow="a", phase="Succeeded"),
            b=event(cron_workflow="b", phase="Failed,Error"),
            c=event(cron_workflow="c"),
            d=event(cron_workflow="a", phase="Error"),
        ),
        sensor("both", ["a", "b"]),
        sensor("either", ["a", "b", "c"], "a || (b && c)"),
        sensor("broken", ["d"], "d"),
    )
    assert nodes["both"]["dependsOn"] == ["a", {"node": "b", "status": "failure"}]
    assert nodes["either"]["mode"] == "any"
    assert nodes["either"]["dependsOn"] == [
        "a",
        {"allOf": [{"node": "b", "status": "failure"}, {"node": "c", "status": "done"}]},
    ]
    assert nodes["broken"]["dependsOn"] == [{"node": "a", "status": ["Error"]}]


def test_an_event_of_several_crons_is_any_of_them() -> None:
    _, nodes = imported(
        cron("a"),
        cron("b"),
        event_source(ab=event(cron_workflow="a,b", phase="Succeeded")),
        sensor("run", ["ab"]),
    )
    assert nodes["run"]["dependsOn"] == ["a", "b"]
    assert nodes["run"]["mode"] == "any"


def test_conditions_that_cannot_be_read_comment_the_node_out() -> None:
    text, nodes = imported(cron("a"), event_source(a=event(cron_workflow="a")), sensor("run", ["a"], "!a"))
    assert list(nodes) == ["a"]
    assert "  # low: its conditions cannot be read\n" in text
    assert "  # run:\n  #   run: {workflowTemplate: run}\n" in text


def test_who_waits_for_what_is_commented_out_is_commented_out_too() -> None:
    text, nodes = imported(
        event_source(none={"resource": "workflows"}, first=event(app="first"), second=event(app="second")),
        sensor("first", ["none"], workflowMetadata={}),
        {**sensor("second", ["first"])},
    )
    assert nodes["second"]["dependsOn"] == [{"node": "first-2", "status": "done"}]
    assert nodes["first-2"] == {"source": {"workflows": {"matchLabels": {"app": "first"}}}}
    assert "  # first:\n" in text


def test_a_circle_of_sensors_is_commented_out_with_the_words_of_lint() -> None:
    names = {"workflows.argoproj.io/workflow-template": "x"}
    on = {name: event(**{**names, "workflows.argoproj.io/workflow-template": name}) for name in ("x", "y")}
    text, nodes = imported(event_source(**on), sensor("x", ["y"]), sensor("y", ["x"]))
    assert nodes == {}
    assert "[cycle]" in text


def test_a_run_that_carries_the_labels_it_waits_for_does_not_wait_for_itself() -> None:
    mine = sensor("run", ["team"])
    mine["spec"]["triggers"][0]["template"]["k8s"]["source"]["resource"]["metadata"] = {
        "labels": {"team": "x"}
    }
    labelled = cron("a", workflowMetadata={"labels": {"team": "x"}})
    _, nodes = imported(labelled, event_source(team=event(team="x")), mine)
    assert nodes["run"]["dependsOn"] == [{"node": "a", "status": "done"}]


def test_a_parameter_of_several_dependencies_comes_from_the_trigger() -> None:
    run = sensor(
        "run", ["a", "b"], "a || b", arguments={"parameters": [{"name": "who"}, {"name": "day", "value": 7}]}
    )
    k8s = run["spec"]["triggers"][0]["template"]["k8s"]
    k8s["parameters"] = [
        {
            "src": {"dependencyName": d, "dataKey": "body.metadata.name"},
            "dest": "spec.arguments.parameters.0.value",
        }
        for d in "ab"
    ]
    _, nodes = imported(
        cron("a"), cron("b"), event_source(a=event(cron_workflow="a"), b=event(cron_workflow="b")), run
    )
    assert nodes["run"]["run"]["params"] == {"day": "7", "who": {"from": "$trigger", "field": "workflow"}}


def test_a_weekly_source_that_meets_a_daily_one_gets_daily_keys() -> None:
    events = event_source(a=event(cron_workflow="a"), b=event(cron_workflow="b"))
    _, nodes = imported(cron("a"), cron("b", "0 5 * * 1"), events, sensor("run", ["a", "b"]))
    assert "key" not in nodes["b"]
    _, nodes = imported(cron("a", "0 4 * * 2"), cron("b", "0 5 * * 1"), events, sensor("run", ["a", "b"]))
    assert nodes["a"]["key"] == nodes["b"]["key"] == {"every": "week"}


def test_nodes_whose_keys_never_meet_are_commented_out() -> None:
    events = event_source(a=event(cron_workflow="a"), b=event(cron_workflow="b"))
    text, nodes = imported(cron("a"), cron("b", "0 * * * *"), events, sensor("run", ["a", "b"]))
    assert sorted(nodes) == ["a", "b"]
    assert "[period-mismatch]" in text


def test_more_runs_than_one_ledger_takes_are_spread() -> None:
    events = event_source(a=event(cron_workflow="a", phase="Succeeded"))
    text, nodes = imported(cron("a"), events, *(sensor(f"run{i}", ["a"]) for i in range(300)))
    assert len(nodes) == 301
    assert yaml.safe_load(text)["partitions"] == 4


def test_sensors_that_depgen_made_are_left_alone() -> None:
    ours = sensor("etl-submit", ["a"])
    ours["metadata"]["labels"] = {"depgen.io/graph": "etl"}
    text, nodes = imported(cron("a"), event_source(a=event(cron_workflow="a")), ours)
    assert list(nodes) == ["a"]
    assert '# - Sensor "etl-submit" was made by depgen\n' in text


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", "a"),
        ("a-1 && (b)", ("all", ("a-1", "b"))),
        ("a || b || a", ("any", ("a", "b"))),
        ("(a || b) || c", ("any", ("a", "b", "c"))),
        ("a || b && c", ("any", ("a", ("all", ("b", "c"))))),
        ("(a or b) and c", ("all", (("any", ("a", "b")), "c"))),
        ("a_1", "a-1"),
        ("a &&", None),
        ("a b", None),
        ("(a", None),
        ("a == b", None),
        ("x", None),
        ("(" * 30 + "a" + ")" * 30, None),
    ],
)
def test_conditions_are_read_as_argo_reads_them(text: str, tree: object) -> None:
    assert parse(text, ["a", "a-1", "b", "c"]) == tree


def test_a_line_break_in_a_name_ends_no_comment() -> None:
    evil = "x\nevil: 1\n  evil2:\n    source: {}"
    run = sensor("run", ["a"])
    run["metadata"]["name"] = run["spec"]["triggers"][0]["template"]["name"] = evil
    run["spec"]["triggers"][0]["template"]["conditions"] = f"a # {evil}"
    text, nodes = imported(cron("a", evil), event_source(a=event(cron_workflow="a"), **{evil: {}}), run)
    assert list(nodes) == ["a"]
    assert [line for line in text.splitlines() if "evil" in line and not line.lstrip().startswith("#")] == []


# ---- Workflows that wait by themselves ----


def test_crons_that_wait_for_each_other_keep_one_edge() -> None:
    def waits(name: str) -> Manifest:
        return {"entrypoint": "m", "templates": [{"name": "m", "container": {"args": [f"argo wait {name}"]}}]}

    _, nodes = imported(cron("one", workflow=waits("two")), cron("two", workflow=waits("one")))
    assert (nodes["one"]["dependsOn"], nodes["one"]["replaces"]) == (["two"], "one")
    assert nodes["two"] == {"source": {"cronWorkflow": "two"}}


def test_a_name_in_a_script_that_does_not_wait_means_nothing() -> None:
    script = {"entrypoint": "m", "templates": [{"name": "m", "script": {"source": "load one into two"}}]}
    text, nodes = imported(cron("one"), cron("two", workflow=script))
    assert "maybe it waits" not in text
    assert nodes == {"one": {"source": {"cronWorkflow": "one"}}, "two": {"source": {"cronWorkflow": "two"}}}


def test_a_guess_that_lint_refuses_stays_a_source() -> None:
    refused = {
        "entrypoint": "m",
        "nonsense": 1,
        "templates": [{"name": "m", "script": {"source": "argo wait one"}}],
    }
    text, nodes = imported(cron("one"), cron("two", workflow=refused))
    assert nodes["two"] == {"source": {"cronWorkflow": "two"}}
    assert "low: it could be a run, but: " in text


# ---- where manifests come from ----


def test_a_chart_and_half_a_document_are_passed_over_with_a_note() -> None:
    raw = b"kind: CronWorkflow\nmetadata: {name: a}\n---\n{{- if .Values.x }}\nkind: Sensor\n---\na: [\n---\nkind: X\n"
    read = read_files([("f.yaml", raw)])
    assert list(read.cron_workflows) == [("", "a")]
    assert [note.partition(": ")[2][:30] for note in read.notes] == [
        "document 2 is passed over: it ",
        'document 3 is passed over: "di',
    ]
    assert "helm template" in read.notes[0]


def test_a_bomb_of_aliases_is_passed_over() -> None:
    lines = ["a0: &a0 [1,1,1,1,1,1,1,1,1,1]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert "more than 200000 values" in read_files([("f.yaml", "\n".join(lines).encode())]).notes[0]
    assert "nested too deep" in read_files([("f.yaml", b"a: &x [*x]")]).notes[0]
    assert "nested too deep" in read_files([("f.yaml", b"[" * 100_000)]).notes[0]


def test_a_cluster_gives_what_files_give() -> None:
    cluster = FakeCluster()
    for resource, one in (
        (api.CRON_WORKFLOWS, cron("a")),
        (api.EVENT_SOURCES, event_source(a=event(cron_workflow="a"))),
        (api.SENSORS, sensor("run", ["a"])),
    ):
        cluster.create(resource, "data", one)
    read = read_cluster(cluster, "data")
    assert (
        graph_text(read, Wishes())
        == imported(cron("a"), event_source(a=event(cron_workflow="a")), sensor("run", ["a"]))[0]
    )
    assert read_cluster(cluster, "other").is_empty


# ---- whatever is in it ----

TRAPS = [
    "no",
    "on",
    "Y",
    "null",
    "12:30",
    "0777",
    "1e3",
    "a: b",
    "- x",
    "#",
    "'",
    '"',
    "{{x}}",
    "*a",
    "&a",
    "|",
    "%",
]
ODD = [
    "a\nb: 1",
    "a\r  evil: {}",
    "\u2028x",
    "\x00",
    "\x85",
    "\ud800",
    "\ufeff",
    "\U0001f600",
    "x" * 300,
    "",
    "\u202e",
]
ODD_TEXT = st.sampled_from(TRAPS + ODD) | st.text(max_size=80)
NAMES = (
    st.sampled_from(["a-b", "a.b", "a_b", "A.B", "a" * 63, "a" * 62 + "b", "in", "not", "9", "-"]) | ODD_TEXT
)
VALUES = st.recursive(
    ODD_TEXT | st.integers() | st.floats() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXT, inner, max_size=3),
    max_leaves=5,
)
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "workflowTemplateRef": st.fixed_dictionaries(
            {"name": NAMES}, optional={"clusterScope": st.booleans()}
        ),
        "templates": st.lists(st.dictionaries(ODD_TEXT, VALUES, max_size=3), max_size=2),
        "arguments": st.fixed_dictionaries(
            {"parameters": st.lists(st.fixed_dictionaries({"name": NAMES, "value": VALUES}), max_size=3)}
        ),
        "priority": VALUES,
    },
)
METADATA = st.fixed_dictionaries({"name": NAMES}, optional={"namespace": NAMES, "labels": VALUES})
CRONS = st.fixed_dictionaries(
    {
        "kind": st.just("CronWorkflow"),
        "metadata": METADATA,
        "spec": st.fixed_dictionaries(
            {
                "schedule": st.sampled_from(["0 5 * * *", "*/15 * * * *", "0 0 31 2 *", "@every 1h"])
                | ODD_TEXT,
                "workflowSpec": SPECS,
            },
            optional={
                "timezone": st.sampled_from(["Europe/Paris", "EST", "Mars/City"]) | ODD_TEXT,
                "suspend": VALUES,
            },
        ),
    }
)
LABELS = st.sampled_from(["completed", "phase", "cron-workflow", "workflow-template"]).map(
    "workflows.argoproj.io/{}".format
)
EVENTS = st.fixed_dictionaries(
    {
        "resource": st.sampled_from(["workflows", "workflows", "pods"]),
        "filter": st.fixed_dictionaries(
            {
                "labels": st.lists(
                    st.fixed_dictionaries(
                        {
                            "key": LABELS | ODD_TEXT,
                            "operation": st.sampled_from(["==", "in", "!=", "exists"]),
                            "value": NAMES | st.sampled_from(["true", "Succeeded", "Failed,Error"]),
                        }
                    ),
                    max_size=3,
                )
            },
            optional={"prefix": NAMES},
        ),
    },
    optional={"namespace": NAMES},
)
SOURCES = st.fixed_dictionaries(
    {
        "kind": st.just("EventSource"),
        "metadata": st.just({"name": "es"}),
        "spec": st.fixed_dictionaries(
            {"resource": st.dictionaries(st.sampled_from("abc"), EVENTS)}, optional={"x": VALUES}
        ),
    }
)
DEPENDENCIES = st.fixed_dictionaries(
    {"name": st.sampled_from("abc"), "eventSourceName": st.just("es"), "eventName": st.sampled_from("abc")},
    optional={
        "filters": st.fixed_dictionaries({}, optional={"data": VALUES, "exprs": VALUES, "script": ODD_TEXT})
    },
)
TRIGGERS = st.fixed_dictionaries(
    {
        "name": NAMES,
        "conditions": st.sampled_from(["", "a", "a && b", "a || (b && c)", "((a", "!a"]) | ODD_TEXT,
        "k8s": st.fixed_dictionaries(
            {
                "source": st.fixed_dictionaries(
                    {
                        "resource": st.fixed_dictionaries(
                            {
                                "kind": st.sampled_from(["Workflow", "WorkflowTemplate", "Pod"]),
                                "metadata": METADATA,
                                "spec": SPECS,
                            }
                        )
                    }
                )
            },
            optional={"parameters": VALUES, "operation": st.sampled_from(["create", "patch"])},
        ),
    }
)
SENSORS = st.fixed_dictionaries(
    {
        "kind": st.just("Sensor"),
        "metadata": METADATA,
        "spec": st.fixed_dictionaries(
            {
                "dependencies": st.lists(DEPENDENCIES, max_size=3),
                "triggers": st.lists(st.fixed_dictionaries({"template": TRIGGERS}), max_size=3),
            }
        ),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(CRONS, max_size=4), SOURCES, st.lists(SENSORS, max_size=3))
def test_lint_refuses_no_import_whatever_is_in_it(
    crons: list[Manifest], source: Manifest, sensors: list[Manifest]
) -> None:
    raw = yaml.dump_all([*crons, source, *sensors]).encode("utf-8", "surrogatepass")
    text = graph_text(read_files([("f.yaml", raw)]), Wishes())
    assert errors(text) == []
    graph = yaml.safe_load(text)
    assert sorted(graph.keys() - {"partitions"}) == ["apiVersion", "graph", "namespace", "nodes", "timezone"]
    direct = graph_text(found(*crons, source, *sensors), Wishes())
    assert errors(direct) == []
    assert "evil" not in yaml.safe_load(direct)


@given(st.text())
def test_lint_refuses_no_import_whatever_a_cron_is_called(name: str) -> None:
    text, _ = imported(cron(name or "-", name), cron("a.b"), cron("a-b"))
    assert text.isprintable() or "\n" in text
