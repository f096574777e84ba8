"""The page about monitoring: a section for each alert that there is, in no other words than the alert's own."""

from __future__ import annotations

import re

from tests.house.shell import ROOT
from tests.monitoring.rendered import GRAPHS, rules

PAGE = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
FOUND = [rule for graph in GRAPHS for rule in rules(graph.read_text())]


def test_every_alert_has_a_section_that_says_how_bad_it_is() -> None:
    told = re.findall(r"^### (\w+)\n\n\*(\w+)\.\*", PAGE, re.MULTILINE)
    assert sorted(told) == sorted(
        {(r["alert"], r["labels"]["severity"].title()) for r in FOUND if "alert" in r}
    )
    assert len(re.findall(r"^### ", PAGE, re.MULTILINE)) == len(told)


def test_every_series_that_is_recorded_is_explained() -> None:
    told = set(re.findall(r"`(depgen:\w+:\w+)`", PAGE))
    assert told == {rule["record"] for rule in FOUND if "record" in rule}
