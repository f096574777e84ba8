"""The dashboards: of Grafana's form, on a grid without overlaps, and with queries that Prometheus reads."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.monitoring.promtool import promtool
from tests.monitoring.rendered import GRAPHS, HERE, dashboards, queries

ETL = (HERE / "graphs" / "etl.yaml").read_text()


def boards() -> list[Any]:
    return [board for graph in GRAPHS for board in dashboards(graph.read_text())]


@pytest.mark.parametrize("board", boards(), ids=lambda board: str(board["title"]))
def test_it_has_what_grafana_wants(board: Any) -> None:
    assert board["schemaVersion"] == 39
    assert len(board["uid"]) <= 40
    assert [variable["type"] for variable in board["templating"]["list"]] == ["datasource"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for panel in board["panels"]:
        if panel["type"] == "row":
            continue
        assert panel["type"] in ("stat", "timeseries")
        assert panel["title"]
        assert panel["description"].endswith(".")
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)
        names = [target["refId"] for target in panel["targets"]]
        assert names == sorted(set(names))


@pytest.mark.parametrize("board", boards(), ids=lambda board: str(board["title"]))
def test_no_panel_covers_another(board: Any) -> None:
    def cells(panel: Any) -> set[tuple[int, int]]:
        at = panel["gridPos"]
        across = range(at["x"], at["x"] + at["w"])
        assert across.stop <= 24
        return {(x, y) for x in across for y in range(at["y"], at["y"] + at["h"])}

    for one, other in combinations(board["panels"], 2):
        assert cells(one).isdisjoint(cells(other)), (one["title"], other["title"])


@pytest.mark.parametrize("board", boards(), ids=lambda board: str(board["title"]))
def test_prometheus_reads_every_query(board: Any, tmp_path: Path) -> None:
    found = [expr for expr, _ in queries(board)]
    records = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(found)]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": records}]}))
    assert f"SUCCESS: {len(found)} rules found" in promtool("check", "rules", file)


def test_the_dashboards_of_two_graphs_are_two() -> None:
    assert len({board["uid"] for board in boards()}) == len(GRAPHS)
    there = dashboards(ETL.replace("namespace: data", "namespace: test"))
    assert there[0]["uid"] not in {board["uid"] for board in boards()}


def test_what_only_a_sweep_that_stays_can_tell_is_left_out_without_one() -> None:
    rows = [[p["title"] for p in board["panels"] if p["type"] == "row"] for board in boards()]
    assert rows == [
        ["Runs", "Fires", "Events", "Sweep", "Bus and processes"],
        ["Fires", "Events", "Bus and processes"],
    ]
