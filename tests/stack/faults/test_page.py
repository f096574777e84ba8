"""docs/faults.md says what the table of faults says, and its table of a run is of these faults."""

from __future__ import annotations

import re

from tests.stack.faults.page import LIST, PAGE, RUN, listing, replaced
from tests.stack.faults.table import FAULTS


def test_the_page_lists_every_fault() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert replaced(text, LIST, listing(FAULTS)) == text, "run python -m tests.stack.faults.page"


def test_the_run_on_the_page_went_through_every_fault_and_lost_nothing() -> None:
    block = PAGE.read_text(encoding="utf-8").partition(f"begin: {RUN}")[2].partition(f"end: {RUN}")[0]
    rows = [line.strip("| ").split(" | ") for line in re.findall(r"^\| .*\|$", block, re.MULTILINE)[2:]]
    assert [row[0] for row in rows] == [fault.name for fault in FAULTS]
    assert {(row[3], row[4], row[5]) for row in rows} == {("0", "0", "0")}
