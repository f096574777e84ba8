"""Diffs of texts that differ in few places; applying one to the old text gives the new one."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from depgen.report.unified import unified

LINES = st.lists(st.sampled_from(["a\n", "b\n", "run:\n", "\n", "c\r\n"]), max_size=30)


def patched(text: str, diff: str) -> str:
    """The text with a diff applied as `patch` does: each hunk where it says, each line as it was."""
    old = re.findall(r"[^\n]*\n|[^\n]+", text)
    done: list[str] = []
    at = 0
    lines = re.findall(r"[^\n]*\n", diff)[2:]
    for number, line in enumerate(lines):
        if line.startswith("@@"):
            start, _, length = re.findall(r"-(\d+)(,(\d+))?", line)[0]
            begin = int(start) - (length != "0")
            done += old[at:begin]
            at = begin
            continue
        if line.startswith("\\"):
            continue
        is_last = lines[number + 1 : number + 2] and lines[number + 1].startswith("\\")
        content = line[1:-1] if is_last else line[1:]
        if line[0] != "+":
            assert old[at] == content
            at += 1
        if line[0] != "-":
            done.append(content)
    return "".join(done + old[at:])


@given(LINES, LINES, st.booleans())
def test_a_diff_makes_the_new_text_of_the_old_one(old: list[str], new: list[str], is_open: bool) -> None:
    before, after = "".join(old), "".join(new) + "end" * is_open
    assert patched(before, "".join(unified("x", before, after))) == after


def test_equal_texts_have_no_diff() -> None:
    assert list(unified("x", "a\n", "a\n")) == []


def test_changes_that_are_near_are_one_hunk_and_others_are_not() -> None:
    before = "".join(f"{number}\n" for number in range(40))
    after = before.replace("5\n", "5!\n", 1).replace("\n30\n", "\n30\nnew\n")
    diff = "".join(unified("x", before, after))
    assert diff == (
        "--- x\n+++ x\n@@ -3,7 +3,7 @@\n 2\n 3\n 4\n-5\n+5!\n 6\n 7\n 8\n@@ -29,6 +29,7 @@\n 28\n 29\n 30\n+new\n 31\n 32\n 33\n"
    )


def test_many_like_lines_cost_no_more_than_others() -> None:
    before = "run:\n" * 40_000
    after = before[:50_000] + "x: 1\n" + before[50_000:]
    assert sum(line.startswith("+x") for line in unified("x", before, after)) == 1
