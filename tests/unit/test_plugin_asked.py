"""What a template asks: its forms, and what is said of a malformed one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from depgen.cluster.checking import Kind, Question, Target, Window
from depgen.errors import InputError
from depgen.plugin.asked import asked
from depgen.plugin.request import BadRequestError, read
from tests.plugins import body

ROOT = Path(__file__).parents[2]
SALES = Target(Kind.ANY, "sales", "data")


def test_a_name_alone_asks_for_a_success_at_any_time_and_does_not_wait() -> None:
    found = asked({"targetWorkflow": "sales"}, "data")
    assert found == (Question(SALES), 0, 30)


def test_every_field_about_workflows_is_read() -> None:
    form = {
        "targetWorkflow": "selector/team=a,tier in (b,c)",
        "status": "done",
        "window": "18:00-20:00",
        "key": "yesterday",
        "timezone": "Europe/Paris",
        "wait": "1h30m",
        "interval": "10",
    }
    target = Target(Kind.SELECTOR, "team=a,tier in (b,c)", "data")
    question = Question(target, "done", None, Window(18 * 3600, 20 * 3600), "yesterday", "Europe/Paris")
    assert asked(form, "data") == (question, 5400, 10)


@pytest.mark.parametrize(
    "form",
    [{"node": "etl/report"}, {"node": "report", "graph": "etl"}, {"node": "etl/report", "graph": "etl"}],
)
def test_a_node_is_named_with_its_graph(form: dict[str, str]) -> None:
    found = asked({**form, "key": "20261121", "wait": 60}, "data")
    assert found.question == Question(Target(Kind.NODE, "etl/report", "data"), key="20261121")
    assert found.wait == 60.0


@pytest.mark.parametrize("text", ["2h", "7200", 7200, "120m"])
def test_a_time_may_be_a_number_of_seconds(text: int | str) -> None:
    assert asked({"targetWorkflow": "sales", "timeWindow": text}, "data").question.within == 7200


def test_a_key_alone_is_its_whole_date() -> None:
    found = asked({"targetWorkflow": "sales", "key": "yesterday"}, "data").question
    assert (found.window, found.key) == (Window(0, 86400), "yesterday")


def test_nobody_is_asked_more_often_than_once_a_second() -> None:
    assert asked({"targetWorkflow": "sales", "wait": "1m", "interval": "0s"}, "data").interval == 1.0


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (None, "dependencyChecker has no value"),
        ([], "dependencyChecker is a list, expected a mapping"),
        ({}, 'dependencyChecker has no "targetWorkflow" (write targetWorkflow: NAME, or node: GRAPH/NODE)'),
        ({"targetWorkflw": "a"}, 'did you mean "targetWorkflow"?'),
        ({"targetWorkflow": "a", "timeWindw": "2h"}, 'did you mean "timeWindow"?'),
        ({"targetWorkflow": "a", "status": "succes"}, 'did you mean "success"?'),
        (
            {"targetWorkflow": "a", "timeWindow": "{{x}}"},
            'dependencyChecker.timeWindow is "{{x}}", expected a time',
        ),
        ({"targetWorkflow": "a", "timeWindow": -1}, "expected a time such as"),
        (
            {"targetWorkflow": "a", "timeWindow": "2h", "window": "1-2"},
            'only one of "timeWindow" and "window"',
        ),
        ({"targetWorkflow": "a", "window": "18-20"}, '"18-20" is no window'),
        ({"targetWorkflow": "a", "window": "18:00-20:00", "timezone": "Paris"}, 'no time zone "Paris"'),
        ({"targetWorkflow": "a", "key": "today", "timeWindow": "2h"}, "within counts from now"),
        ({"targetWorkflow": "a", "timeWindow": "0s"}, "nothing can have ended"),
        ({"targetWorkflow": "a", "key": "someday"}, '"someday" is no date'),
        ({"targetWorkflow": "A b"}, '"A b" cannot be a name'),
        ({"targetWorkflow": "cron/a"}, '"cron/a" is no target'),
        ({"targetWorkflow": "selector/a=b=c"}, "is no label selector"),
        ({"targetWorkflow": 7}, "put it in quotes"),
        ({"targetWorkflow": "a", "timeout": "3m"}, "write wait: 30m"),
        ({"node": "report"}, "write node: GRAPH/report"),
        ({"node": "etl/report", "graph": "elt"}, "is of another graph"),
        ({"node": "etl/report", "timeWindow": "2h"}, "a node's edges have their own windows"),
        ({"node": "etl/report", "targetWorkflow": "a"}, "ask for the one or the other"),
    ],
)
def test_a_malformed_template_is_told_what_is_wrong(form: Any, said: str) -> None:
    with pytest.raises(InputError) as refused:
        asked(form, "data")
    assert said in str(refused.value)


def test_all_mistakes_of_a_template_are_told_at_once() -> None:
    with pytest.raises(InputError) as refused:
        asked({"targetWorkflow": "a", "status": "ok", "wait": "long"}, "data")
    assert "dependencyChecker.status" in str(refused.value)
    assert "dependencyChecker.wait" in str(refused.value)


def test_a_request_has_the_workflow_and_what_stands_below_our_name() -> None:
    found = read(body({"targetWorkflow": "sales"}))
    assert found is not None
    assert (found.namespace, found.workflow, found.uid) == ("data", "nightly", "uid-of-nightly")
    assert found.form == {"targetWorkflow": "sales"}
    assert found.words == "data/nightly check"


def test_another_plugins_template_is_no_mistake() -> None:
    assert read(body({}, key="slack")) is None
    assert read(body({}).replace(b'"plugin":{"dependencyChecker":{}}', b'"suspend":{}')) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "the body is not a JSON object"),
        (b"{}", "template is not a JSON object"),
        (b'{"template": {}}', "workflow is not a JSON object"),
        (b'{"template": {}, "workflow": {}}', "workflow.metadata is not a JSON object"),
        (
            body({}).replace(b'"namespace":"data"', b'"namespace":""'),
            "workflow.metadata.namespace is not text",
        ),
        (b"[" * 200_000, "nested too deeply"),
    ],
)
def test_what_no_agent_sends_is_refused(text: bytes, said: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        read(text)
    assert said in str(refused.value)


def test_every_field_is_in_the_documentation_and_no_other() -> None:
    schema = json.loads((ROOT / "schemas" / "plugin.schema.json").read_text(encoding="utf-8"))
    fields = {name for form in ("ofNode", "ofWorkflows") for name in schema["$defs"][form]["properties"]}
    page = (ROOT / "docs" / "plugin.md").read_text(encoding="utf-8")
    table = page.partition("## A template")[2].partition("## The answer")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall("`([a-zA-Z]+)`", row)} == fields


def test_the_templates_of_the_example_are_well_formed() -> None:
    text = (ROOT / "examples" / "13-a-plugin-checks" / "manifests" / "invoices.yaml").read_text(
        encoding="utf-8"
    )
    text = text.replace("{{inputs.parameters.target}}", "workflow/a").replace(
        "{{inputs.parameters.timeWindow}}", "1d"
    )
    templates = yaml.safe_load(text)["spec"]["workflowSpec"]["templates"]
    found = [
        asked(t["plugin"]["dependencyChecker"], "data").question.target.text
        for t in templates
        if "plugin" in t
    ]
    assert found == ["node/billing/invoices", "cronworkflow/backup", "workflow/a"]
