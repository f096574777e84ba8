"""Every decide program of the examples answers whatever key the ledger has: its graph may have other periods."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jq
import pytest
import yaml

from depgen.engine import zone_of_process
from tests.golden.examples import EXAMPLES

KEYS = ("20261121", "20261121t13", "20261025t02b", "20261121t1415", "2026w47", "202611", "20261121-fix7")
ODD = ("", "2026", "202613", "20261131", "2026w60", "2026112x", "x", "20261121t", None)


def deciders(example: Path) -> Iterator[tuple[str, str, str]]:
    """Name, zone and program of each dependency on ledgers."""
    for path in sorted((example / "out").glob("*-sensor-submit*.yaml")):
        for sensor in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            env = sensor["spec"]["template"]["container"]["env"]
            zone = next(entry["value"] for entry in env if entry["name"] == "TZ")
            for dependency in sensor["spec"]["dependencies"]:
                yield dependency["name"], zone, dependency["transform"]["jq"]


def ledger(key: str | None) -> dict[str, Any]:
    labels = {"depgen.io/graph": "etl", **({} if key is None else {"depgen.io/key": key})}
    return {"type": "UPDATE", "body": {"metadata": {"labels": labels}, "data": {}}, "oldBody": {}}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_empty_ledger_of_any_key_fires_nothing_and_breaks_nothing(example: Path) -> None:
    asked = 0
    for name, zone, text in deciders(example):
        program = jq.compile(text)
        with zone_of_process(zone):
            for key in (*KEYS, *ODD):
                results = program.input_value(ledger(key)).all()
                assert [result["fire"] for result in results] == [False], (name, key)
                asked += 1
    assert asked
