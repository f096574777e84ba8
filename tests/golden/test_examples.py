"""Each example compiles to its out/, and its objects fit our closed schemas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from tests.golden.examples import EXAMPLES, ROOT, compiled

SCHEMAS = {"EventSource": "eventsource", "Sensor": "sensor"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_compiles_to_its_out_folder(example: Path) -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in (example / "out").iterdir()}
    assert compiled(example).files == written, "run `make golden` and look at the difference"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_says_what_it_shows(example: Path) -> None:
    assert (example / "README.md").read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_event_sources_and_sensors_fit_the_closed_schemas(example: Path) -> None:
    checked = 0
    for item in compiled(example).objects():
        if item["kind"] in SCHEMAS:
            schema = json.loads((ROOT / "schemas" / f"{SCHEMAS[item['kind']]}.schema.json").read_text())
            assert [error.message for error in Draft202012Validator(schema).iter_errors(item)] == []
            checked += 1
    assert checked


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_old_and_new_yaml_readers_agree_on_every_file(example: Path) -> None:
    modern = YAML(typ="safe", pure=True)
    for path in (example / "out").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert list(modern.load_all(text)) == list(yaml.safe_load_all(text))
