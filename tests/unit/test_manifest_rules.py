"""What lint says of Workflows, whatever is in them. The plain cases are fixtures in tests/lint."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from depgen import pipeline
from depgen.diagnostics import Finding
from depgen.embedded import UNKNOWN, objects
from depgen.lint.image_latest import is_unversioned
from depgen.pipeline import InputFile

GRAPH = """
apiVersion: depgen.io/v1
graph: etl
namespace: data
timezone: Europe/Paris
sweeper: {every: 5m, image: "depgen:1"}
nodes:
  load: {source: {cronWorkflow: load}}
  report: {run: {workflowTemplate: report}, dependsOn: [load, {node: report, lookback: 2d}]}
"""


def findings(text: str, graph: str = "") -> list[Finding]:
    loaded = pipeline.load([InputFile("graph.yaml", graph.encode())] if graph else [])
    return list(pipeline.check_everywhere(loaded, [InputFile("m.yaml", text.encode())]))


def told(text: str, rule: str, graph: str = "") -> list[tuple[int, str]]:
    """Line and message of what one rule finds."""
    return [(f.position.line, f.message) for f in findings(text, graph) if f.rule == rule]


def of_spec(spec: str, rule: str, kind: str = "WorkflowTemplate") -> list[str]:
    """What one rule says of an object with this spec."""
    text = f"apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n"
    return [message for _, message in told(text, rule)]


SAID = {
    "activeDeadlineSeconds": 3600,
    "ttlStrategy": {"secondsAfterCompletion": 30},
    "templateDefaults": {"retryStrategy": {"limit": 2}},
    "artifactGC": {"forceFinalizerRemoval": True},
}
UNHEALTHY = """
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: report, namespace: data}
spec:
  entrypoint: m
  artifactGC: {strategy: OnWorkflowDeletion}
  templates:
    - {name: m, container: {image: "a:1"}, outputs: {artifacts: [{name: a, path: /a}]}}
    - name: child
      resource:
        action: create
        manifest: |
          kind: Workflow
          spec: {artifactGC: {strategy: OnWorkflowDeletion}, workflowTemplateRef: {name: other}}
"""


def configuration(data: dict[str, str]) -> str:
    metadata = {"name": "workflow-controller-configmap", "namespace": "argo"}
    return yaml.safe_dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


LIVES = """
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: load, namespace: data}
spec:
  schedule: "0 6 * * *"
  timezone: Europe/Paris
  startingDeadlineSeconds: 600
  workflowSpec: {workflowTemplateRef: {name: report}}
---
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: report, namespace: data}
spec: {entrypoint: m, templates: [{name: m, suspend: {}}]}
"""


# ---- the controller's workflowDefaults ----


@pytest.mark.parametrize(
    "defaults",
    [
        {"workflowDefaults": yaml.safe_dump({"spec": SAID})},
        {"config": yaml.safe_dump({"parallelism": 5, "workflowDefaults": {"spec": SAID}})},
    ],
    ids=["an-entry", "in-config"],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_what_the_controller_says_for_all_counts(defaults: dict[str, str], is_first: bool) -> None:
    parts = [configuration(defaults), UNHEALTHY]
    alone = {f.rule for f in findings(UNHEALTHY)}
    assert alone == {"no-deadline", "no-retry", "artifact-gc"}
    assert findings("---\n".join(parts if is_first else reversed(parts))) == []


def test_what_the_controller_says_for_all_counts_for_a_graph() -> None:
    defaults = configuration({"workflowDefaults": yaml.safe_dump({"spec": SAID})})
    found = told(f"{defaults}---\n{LIVES}", "short-lived-workflow", GRAPH)
    assert [message.partition(":")[0] for _, message in found] == [
        'ttlStrategy deletes the Workflows of "load" after 30s'
    ]
    own = LIVES.replace("workflowSpec: {", "workflowSpec: {ttlStrategy: {secondsAfterCompletion: 86400}, ")
    assert told(f"{defaults}---\n{own}", "short-lived-workflow", GRAPH) == []


@pytest.mark.parametrize("text", ["[", "- a", "5", "spec: 5", "spec: [a]", ""])
def test_defaults_that_cannot_be_read_are_none(text: str) -> None:
    odd = configuration({"workflowDefaults": text})
    assert {f.rule for f in findings(f"{odd}---\n{UNHEALTHY}")} == {
        "no-deadline",
        "no-retry",
        "artifact-gc",
    }


# ---- places, formats, ignoring ----


def test_a_finding_in_a_manifest_has_its_line_its_caret_and_its_text() -> None:
    text = (
        "# the report\napiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: a}\nspec:\n"
    )
    (found,) = [
        finding
        for finding in findings(text + "  templates: [{name: m, container: {image: x}}]\n")
        if finding.rule == "image-latest"
    ]
    assert (found.position.line, found.position.column) == (6, 44)
    assert found.source_line == "  templates: [{name: m, container: {image: x}}]"


@pytest.mark.parametrize(
    "comment", [" # depgen: ignore[image-latest]", " # depgen: ignore[no-retry,image-latest]"]
)
def test_a_comment_in_a_manifest_ignores_a_warning(comment: str) -> None:
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: a}\nspec:\n"
        "  templates:\n    - name: m\n      container:\n        image: x"
    )
    assert len(told(text, "image-latest")) == 1
    assert told(text + comment, "image-latest") == []


def test_manifests_are_looked_at_beside_a_graph_that_cannot_be_read() -> None:
    text = "{apiVersion: argoproj.io/v1alpha1, kind: CronWorkflow, metadata: {name: a}, spec: {schedule: '0 6 * * *'}}"
    rules = {finding.rule for finding in findings(text, "nodes: [")}
    assert rules == {"yaml-syntax", "no-starting-deadline"}


def test_what_is_wrong_with_a_manifest_is_said_once_whatever_graphs_and_environments_there_are() -> None:
    text = "{apiVersion: argoproj.io/v1alpha1, kind: CronWorkflow, metadata: {name: a}, spec: {schedule: '0 6 * * *'}}"
    graph = GRAPH + "environments: {test: {timezone: Asia/Tokyo}, prod: {namespace: other}}\n"
    (found,) = [f for f in findings(text, graph) if f.rule == "no-starting-deadline"]
    assert found.message == 'CronWorkflow "a" loses a run if the controller is down at its minute'


# ---- images ----


@pytest.mark.parametrize(
    "image",
    [
        "a",
        "a:latest",
        "r.example.com:5000/a",
        "r.example.com/b/a:latest",
        "{{x}}/a",
        "{{a:b}}/a:latest",
        " a ",
    ],
)
def test_an_image_without_a_version(image: str) -> None:
    assert is_unversioned(image)


@pytest.mark.parametrize(
    "image",
    [
        "a:1",
        "r.example.com:5000/a:1",
        "a@sha256:00",
        "a:latest@sha256:00",
        "{{x}}",
        "a:{{x}}",
        "a{{x}}",
        "${A}",
        "$(A)",
        "a:latest-1",
        "",
    ],
)
def test_an_image_with_a_version_or_one_that_is_not_known(image: str) -> None:
    assert not is_unversioned(image)


@pytest.mark.parametrize(
    "template",
    [
        "container: {image: a}",
        "script: {image: a}",
        "containerSet: {containers: [{image: 'b:1'}, {image: a}]}",
        "suspend: {}, sidecars: [{image: a}]",
        "suspend: {}, initContainers: [{image: a}]",
        'suspend: {}, podSpecPatch: \'{"initContainers": [{"image": "a"}]}\'',
    ],
)
def test_an_image_is_looked_for_wherever_a_template_may_have_one(template: str) -> None:
    expected = 'template "m" of WorkflowTemplate "a" runs image "a", which may be another one tomorrow'
    assert of_spec(f"{{templates: [{{name: m, {template}}}]}}", "image-latest") == [expected]


def test_braces_in_embedded_yaml_stand_for_anything() -> None:
    assert objects("a: {{x}}\nb: {c: {{y}}, d: 'e-{{z}}'}\n---\n- 1\n---\nf: 1\n---\n]") == [
        {"a": UNKNOWN, "b": {"c": UNKNOWN, "d": f"e-{UNKNOWN}"}},
        {"f": 1},
    ]
    assert objects("[" * 100_000) == objects(None) == objects(["a: b"]) == []


# ---- deadlines and retries ----


@pytest.mark.parametrize(
    "spec",
    [
        "{templates: [{name: m, container: {image: 'a:1'}, activeDeadlineSeconds: 5}]}",
        "{templates: [{name: m, container: {image: 'a:1'}, activeDeadlineSeconds: '{{inputs.parameters.x}}'}]}",
        "{templateDefaults: {activeDeadlineSeconds: 5}, templates: [{name: m, container: {image: 'a:1'}}]}",
        "{activeDeadlineSeconds: 5, entrypoint: m, templates: [{name: m, container: {image: 'a:1'}}]}",
        "{templates: [{name: m, suspend: {}}, {name: n, http: {url: x}}, {name: o, dag: {tasks: []}}]}",
        "{workflowTemplateRef: {name: other}}",
    ],
)
def test_a_pod_that_ends_or_no_pod_at_all(spec: str) -> None:
    assert of_spec(spec, "no-deadline") == []


@pytest.mark.parametrize(
    "exit_handler",
    [
        "onExit: tidy",
        "hooks: {exit: {template: tidy}}",
        "x: 1, onExit: [tidy]",
        "hooks: {failed: {template: tidy}}",
    ],
)
def test_an_exit_handler_needs_a_deadline_of_its_own(exit_handler: str) -> None:
    spec = (
        f"{{entrypoint: m, activeDeadlineSeconds: 5, {exit_handler}, templates: ["
        "{name: m, container: {image: 'a:1'}}, {name: tidy, container: {image: 'a:1'}}]}"
    )
    is_one = exit_handler in ("onExit: tidy", "hooks: {exit: {template: tidy}}")
    assert of_spec(spec, "no-deadline") == [
        'the activeDeadlineSeconds of WorkflowTemplate "a" does not count for its exit handlers, and there is none in '
        'template "tidy"'
    ] * int(is_one)


def test_several_pods_without_an_end_are_one_finding() -> None:
    spec = (
        "{entrypoint: a, templates: ["
        + ", ".join(f"{{name: {n}, script: {{image: 'a:1'}}}}" for n in "abcd")
        + "]}"
    )
    assert of_spec(spec, "no-deadline") == [
        'nothing ends a Pod of WorkflowTemplate "a" that hangs: there is no activeDeadlineSeconds in templates '
        '"a", "b" and 2 more, nor in the spec'
    ]


def test_a_retry_of_steps_covers_what_they_use_however_deep() -> None:
    inner = "{name: b, dag: {tasks: [{name: x, template: c}, {name: y, template: gone}]}}, {name: c, container: {image: 'a:1'}}"
    assert (
        of_spec(
            f"{{templates: [{{name: a, retryStrategy: {{}}, steps: [[{{name: x, template: b}}]]}}, {inner}]}}",
            "no-retry",
        )
        == []
    )
    assert (
        len(
            of_spec(f"{{templates: [{{name: a, steps: [[{{name: x, template: b}}]]}}, {inner}]}}", "no-retry")
        )
        == 1
    )


def test_a_container_set_may_try_its_containers_again_itself() -> None:
    template = "{{templates: [{{name: a, containerSet: {{{}containers: [{{name: main, image: 'a:1'}}]}}}}]}}"
    assert of_spec(template.format("retryStrategy: {retries: 2}, "), "no-retry") == []
    assert len(of_spec(template.format(""), "no-retry")) == 1


def test_an_inline_template_that_stands_in_itself_comes_to_an_end() -> None:
    spec = "{templates: [{name: m, steps: [[{name: x, inline: &a {container: {image: b}, steps: [[{name: y, inline: *a}]]}}]]}]}"
    assert of_spec(spec, "image-latest") == [
        'template "x" of WorkflowTemplate "a" runs image "b", which may be another one tomorrow'
    ]


# ---- artifacts ----

ARTIFACT = "templates: [{name: m, container: {image: 'a:1'}, outputs: {artifacts: [{name: x, path: /x%s}]}}]"


@pytest.mark.parametrize(
    "spec",
    [
        "{artifactGC: {strategy: Never}, %s}" % (ARTIFACT % ""),
        "{%s}" % (ARTIFACT % ""),
        "{artifactGC: {strategy: OnWorkflowDeletion}, templates: [{name: m, container: {image: 'a:1'}}]}",
        "{artifactGC: {strategy: OnWorkflowDeletion}, %s}" % (ARTIFACT % ", artifactGC: {strategy: Never}"),
        "{artifactGC: {forceFinalizerRemoval: true}, %s}"
        % (ARTIFACT % ", artifactGC: {strategy: OnWorkflowDeletion}"),
    ],
)
def test_no_finalizer_is_asked_for_or_it_can_be_taken_off(spec: str) -> None:
    assert of_spec(spec, "artifact-gc") == []


def test_a_cron_workflow_that_a_template_makes_is_looked_at_too() -> None:
    made = "kind: CronWorkflow\\nspec: {workflowSpec: {artifactGC: {strategy: OnWorkflowDeletion}, workflowTemplateRef: {name: {{x}}}}}"
    (message,) = of_spec(
        f'{{templates: [{{name: m, resource: {{action: create, manifest: "{made}"}}}}]}}', "artifact-gc"
    )
    assert message == (
        'the Workflow that template "m" of WorkflowTemplate "a" makes stays for ever if its artifacts cannot be deleted'
    )


def test_what_a_template_makes_is_none_of_our_business_if_it_is_no_workflow() -> None:
    made = (
        "kind: ConfigMap\\nspec: {artifactGC: {strategy: OnWorkflowDeletion}, workflowTemplateRef: {name: x}}"
    )
    assert of_spec(f'{{templates: [{{name: m, resource: {{manifest: "{made}"}}}}]}}', "artifact-gc") == []


# ---- how long Workflows live ----

CRON = """
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: load}
spec:
  schedule: "*/2 * * * *"
  startingDeadlineSeconds: 60
  %s
"""


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("suspend: false", [(5, 'successfulJobsHistoryLimit deletes the Workflows of "load" after 6m')]),
        (
            "successfulJobsHistoryLimit: 2",
            [(8, 'successfulJobsHistoryLimit deletes the Workflows of "load" after 4m')],
        ),
        ("successfulJobsHistoryLimit: 200", []),
        ("successfulJobsHistoryLimit: many", []),
        ("{failedJobsHistoryLimit: 0}", []),
    ],
)
def test_a_history_limit_is_as_long_as_the_schedule_makes_it(
    more: str, expected: list[tuple[int, str]]
) -> None:
    text = (
        CRON.replace("%s", more)
        if not more.startswith("{")
        else CRON.replace("%s", "successfulJobsHistoryLimit: 200")
    )
    graph = GRAPH.replace("every: 5m", "every: 10m")
    found = [(line, message.partition(":")[0]) for line, message in told(text, "short-lived-workflow", graph)]
    assert found == expected


def test_a_limit_that_is_not_reached_deletes_nothing() -> None:
    text = CRON.replace("*/2 * * * *", "0 0 1 1 *").replace("%s", "successfulJobsHistoryLimit: 2")
    assert told(text, "short-lived-workflow", GRAPH) == []


def test_of_two_strategies_that_which_counts_is_pointed_at() -> None:
    text = (
        CRON.replace(
            "%s", "successfulJobsHistoryLimit: 200\n  workflowSpec:\n    workflowTemplateRef: {name: t}"
        )
        + "    ttlStrategy: {secondsAfterCompletion: 1}\n"
        "---\n{apiVersion: argoproj.io/v1alpha1, kind: WorkflowTemplate, metadata: {name: t},"
        " spec: {ttlStrategy: {secondsAfterCompletion: 9999}}}\n"
    )
    ((line, message),) = told(text, "short-lived-workflow", GRAPH)
    assert (line, message.partition(":")[0]) == (11, 'ttlStrategy deletes the Workflows of "load" after 1s')


def test_what_only_looks_back_further_is_left_to_the_rule_about_that() -> None:
    graph = GRAPH.replace("[load,", "[{node: load, lookback: 2d},")
    found = findings(CRON.replace("%s", "successfulJobsHistoryLimit: 0"), graph)
    rules = [finding.rule for finding in found]
    assert "retention" in rules
    assert "short-lived-workflow" not in rules


def test_no_history_of_failures_hides_them_from_who_waits_for_one() -> None:
    graph = GRAPH.replace("[load,", "[{node: load, status: failure},")
    text = CRON.replace("%s", "failedJobsHistoryLimit: 0")
    ((line, message),) = told(text, "short-lived-workflow", graph)
    assert (line, message.partition(":")[0]) == (
        8,
        'failedJobsHistoryLimit deletes the Workflows of "load" after 0s',
    )
    assert told(CRON.replace("%s", "failedJobsHistoryLimit: 1"), "short-lived-workflow", graph) == []


def test_what_the_graph_itself_says_is_told_in_the_graph() -> None:
    graph = GRAPH.replace(
        "{workflowTemplate: report}",
        "{workflowSpec: {entrypoint: m, ttlStrategy: {secondsAfterCompletion: 1}}}",
    )
    graph = graph.replace("{node: report, lookback: 2d}", "{node: load, status: done}") + (
        "  last: {run: {workflowTemplate: last}, dependsOn: [report]}\n"
    )
    (found,) = [
        f
        for f in findings(CRON.replace("%s", "successfulJobsHistoryLimit: 200"), graph)
        if f.rule == "short-lived-workflow"
    ]
    assert (found.position.path, found.related) == ("graph.yaml", ())


# ---- anything at all ----

FULL = yaml.safe_load("""
- apiVersion: argoproj.io/v1alpha1
  kind: CronWorkflow
  metadata: {name: load, namespace: data, labels: {a: b}}
  spec:
    schedule: "0 6 * * *"
    schedules: ["0 6 * * *"]
    timezone: Europe/Paris
    suspend: false
    concurrencyPolicy: Forbid
    startingDeadlineSeconds: 60
    successfulJobsHistoryLimit: 1
    failedJobsHistoryLimit: 1
    workflowSpec:
      workflowTemplateRef: {name: report, clusterScope: false}
      ttlStrategy: {secondsAfterCompletion: 1, secondsAfterSuccess: 1, secondsAfterFailure: 1}
      synchronization: {mutexes: [{name: a}], mutex: {name: b}}
      arguments: {parameters: [{name: day, value: x}]}
- apiVersion: argoproj.io/v1alpha1
  kind: WorkflowTemplate
  metadata: {name: report}
  spec:
    entrypoint: main
    activeDeadlineSeconds: null
    artifactGC: {strategy: OnWorkflowDeletion, forceFinalizerRemoval: false}
    podGC: {strategy: OnPodCompletion}
    podSpecPatch: "containers: [{name: main, image: a}]"
    templateDefaults: {container: {image: a}, retryStrategy: null}
    synchronization: {mutexes: [{name: a}]}
    arguments: {parameters: [{name: day, value: x}]}
    templates:
      - name: main
        inputs: {parameters: [{name: day}]}
        steps: [[{name: a, template: b, templateRef: {name: c, template: d}}], [{name: i, inline: {script: {image: a}}}]]
      - name: b
        initContainers: [{name: a, image: a}]
        sidecars: [{name: a, image: "a:latest"}]
        container: {image: "a:latest", args: ["{{workflow.parameters.day}}"]}
        outputs: {artifacts: [{name: a, path: /a, artifactGC: {strategy: Never}}], parameters: [{name: a, globalName: b}]}
        synchronization: {mutex: {name: a}}
      - {name: c, containerSet: {retryStrategy: {retries: 1}, containers: [{name: main, image: a}]}}
      - {name: d, dag: {tasks: [{name: a, template: b, depends: x}, {name: b, inline: {container: {image: a}}}]}}
      - {name: e, resource: {action: create, setOwnerReference: true, manifest: "kind: Workflow\\nspec: {artifactGC: {strategy: OnWorkflowDeletion}, workflowTemplateRef: {name: a}}"}}
""")


def routes(value: Any) -> list[tuple[Any, ...]]:
    """The way to every part of a value."""
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [()] + [(step, *rest) for step, inner in entries for rest in routes(inner)]


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=5)
    | st.sampled_from(["{{x}}", "a: {{x}}", "kind: Workflow\nspec: 5", "- a", "* * * * *", "@daily"])
)
ODD = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abz", max_size=2) | st.integers() | st.booleans(), inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "image", "template", "steps", "inline", "strategy", "containers"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(routes(FULL)), ODD), min_size=1, max_size=3), st.booleans())
def test_any_value_in_place_of_any_field_is_no_reason_to_fail(
    changes: list[tuple[tuple[Any, ...], Any]], has_graph: bool
) -> None:
    data: Any = {"whole": copy.deepcopy(FULL)}
    for route, value in changes:
        holder = data
        steps = ("whole", *route)
        for step in steps[:-1]:
            holder = holder[step] if isinstance(holder, dict | list) and _has(holder, step) else None
        if isinstance(holder, dict | list) and _has(holder, steps[-1]):
            holder[steps[-1]] = value
    documents = data["whole"] if isinstance(data["whole"], list) else [data["whole"]]
    for finding in findings(yaml.safe_dump_all(documents), GRAPH if has_graph else ""):
        assert finding.position.line >= 1


def _has(holder: Any, step: Any) -> bool:
    return step in holder if isinstance(holder, dict) else isinstance(step, int) and step < len(holder)


def test_the_manifests_of_the_examples_are_healthy() -> None:
    folder = Path(__file__).parents[2] / "examples"
    files = [
        InputFile(path.as_posix(), path.read_bytes()) for path in sorted(folder.glob("*/manifests/**/*.yaml"))
    ]
    assert len(files) >= 3
    assert pipeline.check(pipeline.load([]), files).findings == ()
