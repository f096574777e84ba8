"""Fixes as edits of a text: one value changes, and every other byte stays."""

from __future__ import annotations

from inspect import cleandoc

import pytest

from depgen.diagnostics import AnyFix, Finding, Fix, Place, Position, Quoting, Renaming, Severity
from depgen.fixing import Files, Refusal, edits, fix
from depgen.fixing.mending import Mended, mend
from depgen.fixing.tree import Page

CRON = """\
# the nightly load
spec:
  schedule: '0 6 * * 7'  # Sundays
  workflowSpec:
    templates:
    - name: load  # first
      script: |
        # no comment
        run

    - name: report
"""


def about(what: AnyFix, line: int = 1, column: int = 1) -> Finding:
    return Finding(Position("a.yaml", line, column), "rule", Severity.ERROR, repr(what), None, "", fix=what)


def setting(route: tuple[str | int, ...], field: str | int, value: object) -> Finding:
    return about(Fix(Place("a.yaml", route), field, value))  # type: ignore[arg-type]


def mended(text: str, *findings: Finding) -> str:
    done = mend(text.encode(), findings)
    assert done.refused == ()
    assert len(done.made) == len(findings)
    return done.raw.decode()


def reasons(text: str, *findings: Finding) -> list[str]:
    done = mend(text.encode(), findings)
    assert done.raw.decode() == text
    return [refusal.reason for refusal in done.refused]


def test_a_value_is_replaced_in_its_quotes_and_its_comment_stays() -> None:
    assert mended(CRON, setting(("spec",), "schedule", "0 6 * * 0")) == CRON.replace("* 7'", "* 0'")


def test_a_field_is_added_behind_the_last_short_one_of_its_mapping() -> None:
    expected = CRON.replace("# Sundays\n", "# Sundays\n  suspend: true\n")
    assert mended(CRON, setting(("spec",), "suspend", True)) == expected


def test_a_field_is_added_behind_all_others_if_none_is_short() -> None:
    expected = CRON + "    ttlStrategy: {secondsAfterCompletion: 86400}\n"
    spec = ("spec", "workflowSpec")
    assert mended(CRON, setting(spec, "ttlStrategy", {"secondsAfterCompletion": 86400})) == expected


def test_a_field_is_added_to_an_item_of_a_list() -> None:
    expected = CRON.replace("# first\n", "# first\n      retryStrategy: {limit: 2}\n")
    item = ("spec", "workflowSpec", "templates", 0)
    assert mended(CRON, setting(item, "retryStrategy", {"limit": 2})) == expected


def test_a_field_is_added_behind_a_text_of_several_lines() -> None:
    text = "a: |+\n  text\n\n"
    assert mended(text, setting((), "b", 1)) == text + "b: 1\n"


def test_a_field_is_added_where_the_file_ends_without_a_line_break() -> None:
    assert mended("a:\n  b: 1", setting(("a",), "c", "x: y")) == 'a:\n  b: 1\n  c: "x: y"'


def test_a_field_is_added_to_a_flow_mapping() -> None:
    assert mended("a: {b: 1} # x\n", setting(("a",), "c", ["no"])) == 'a: {b: 1, c: ["no"]} # x\n'
    assert mended("a: {b: 1,}\n", setting(("a",), "c", 2)) == "a: {b: 1, c: 2,}\n"
    assert mended("a: {}\n", setting(("a",), "c", 2)) == "a: {c: 2}\n"


def test_an_empty_value_is_filled() -> None:
    assert mended("a:\n  b:   # why\n", setting(("a",), "b", False)) == "a:\n  b: false   # why\n"


def test_json_stays_json() -> None:
    text = '{"a": {"b": "x"}}'
    expected = '{"a": {"b": "y", "c": {"d": ["é"]}}}'
    assert mended(text, setting(("a",), "b", "y"), setting(("a",), "c", {"d": ["é"]})) == expected


def test_a_field_is_removed_with_its_line() -> None:
    text = "a:\n  b: 1\n  # of c\n  c: 2\n  d: 3\n"
    assert mended(text, setting(("a",), "d", None)) == "a:\n  b: 1\n  # of c\n  c: 2\n"
    assert mended(text, setting(("a",), "b", None)) == "a:\n  # of c\n  c: 2\n  d: 3\n"


def test_the_first_field_of_an_item_is_removed_without_its_dash() -> None:
    assert mended("a:\n  - b: 1\n    c: 2\n", setting(("a", 0), "b", None)) == "a:\n  - c: 2\n"


def test_the_last_line_is_removed_with_the_line_break_before_it() -> None:
    assert mended("a:\r\n- x\r\n- y", setting(("a",), 1, None)) == "a:\r\n- x"


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "[y, z]"), (1, "[x, z]"), (2, "[x, y]")], ids=["first", "second", "last"]
)
def test_an_item_is_removed_from_a_flow_list(number: int, expected: str) -> None:
    assert mended("a: [x, y, z]\n", setting(("a",), number, None)) == f"a: {expected}\n"


def test_the_only_field_of_a_flow_mapping_is_removed() -> None:
    assert mended("a: {b: [1, 2],}\n", setting(("a",), "b", None)) == "a: {}\n"


def test_a_key_is_renamed() -> None:
    renaming = about(Renaming(Place("a.yaml", ("a",)), "dependOn", "dependsOn"))
    assert mended("a:\n  'dependOn' : [x]\n", renaming) == "a:\n  'dependsOn' : [x]\n"


def test_a_scalar_is_quoted_where_the_finding_is() -> None:
    text = "a: {from: 18:00, to: 20:00}\n1: x\n"
    done = mended(text, about(Quoting(), 1, 11), about(Quoting(), 1, 22), about(Quoting(), 2, 1))
    assert done == 'a: {from: "18:00", to: "20:00"}\n"1": x\n'


def test_several_fixes_of_one_file_are_made_at_once() -> None:
    text = "a: {b: [x, y, z]}\nc: 1\n"
    done = mended(
        text,
        setting(("a", "b"), 0, None),
        setting(("a", "b"), 2, "w"),
        setting((), "c", 2),
        setting((), "d", 3),
    )
    assert done == "a: {b: [y, w]}\nc: 2\nd: 3\n"


def test_equal_fixes_of_two_findings_are_one_edit() -> None:
    done = mend(b"a: 1\n", [setting((), "b", 2), setting((), "b", 2)])
    assert (done.raw, len(done.made)) == (b"a: 1\nb: 2\n", 2)


def test_of_two_fixes_of_one_value_the_first_is_made() -> None:
    done = mend(b"a: 1\n", [setting((), "a", 2), setting((), "a", 3)])
    assert (done.raw, len(done.made), done.refused) == (b"a: 2\n", 1, ())


def test_a_text_and_a_number_that_look_alike_are_told_apart() -> None:
    assert Page("a: 1").forms != Page("a: '1'").forms
    assert Page('a: "1"').forms == Page("a: '1'").forms == Page("{a: '1'}").forms


def test_what_goes_only_alone_waits_for_the_next_round() -> None:
    done = mend(b"a: {b: }\n", [setting(("a",), "c", 2), setting(("a",), "b", 1)])
    assert (done.raw, len(done.made), done.refused) == (b"a: {b: , c: 2}\n", 1, ())


def test_line_breaks_and_the_byte_order_mark_stay() -> None:
    raw = "\ufeffa:\r\n  b: é # x\r\n  c: 12:00\r\n".encode()
    done = mend(raw, [setting(("a",), "d", "x"), about(Quoting(), 3, 6)])
    assert done.raw == '\ufeffa:\r\n  b: é # x\r\n  c: "12:00"\r\n  d: x\r\n'.encode()


def test_lines_end_where_editors_end_them() -> None:
    assert mended("a: 1\rb: 12:00\r", about(Quoting(), 2, 4)) == 'a: 1\rb: "12:00"\r'


def test_a_route_may_begin_with_the_number_of_a_document() -> None:
    assert mended("a: 1\n---\na: 1\n", setting((1,), "a", 2)) == "a: 1\n---\na: 2\n"


def test_a_comment_is_never_taken_along() -> None:
    expected = ["a comment would go with it"]
    assert reasons("a: 1 # x\nb: 2\n", setting((), "a", None)) == expected
    assert reasons("a:\n- x # the first\n- y\n", setting(("a",), 0, None)) == expected
    assert reasons("a: [\n  x, # the first\n  y]\n", setting(("a",), 0, None)) == expected
    assert reasons("a:\n  # of b\n  b: 1\nc: 2\n", setting((), "a", None)) == expected


def test_what_is_laid_out_over_lines_is_not_replaced() -> None:
    expected = ["the value stands on several lines"]
    assert reasons("a:\n  b: 1\n", setting((), "a", 2)) == expected
    assert reasons("a: {b: 1,\n  c: 2}\n", setting((), "a", 2)) == expected
    assert reasons("a: |\n  text\n", setting((), "a", "other")) == expected


def test_what_is_used_in_several_places_is_not_changed() -> None:
    shared = ["it is used in several places (a YAML anchor or alias)"]
    text = "a: &x {b: 1}\nc: *x\nd: &y 1\ne: !!str 1\n"
    assert reasons(text, setting(("a",), "b", 2)) == shared
    assert reasons(text, setting(("c",), "b", 2)) == shared
    assert reasons(text, setting((), "d", 2)) == ["the value has a YAML anchor, alias or tag"]
    assert reasons(text, setting((), "c", 2)) == ["the value has a YAML anchor, alias or tag"]
    assert reasons(text, setting((), "e", 2)) == ["the value has a YAML anchor, alias or tag"]


def test_what_is_not_there_is_not_changed() -> None:
    absent = ["what it is about is not written here"]
    for place in (("b",), ("a", "b"), (1,), (0, "a", 0), ("l", 3), ("l", "x")):
        assert reasons("a: 1\nl: [1]\n", setting(place, "x", 1)) == absent
    assert reasons("a: 1\n", setting((), "b", None)) == absent
    assert reasons("a: 1\n", about(Quoting(), 9, 9)) == absent
    assert reasons("a: '1'\n", about(Quoting(), 1, 4)) == absent


def test_of_a_repeated_key_none_is_changed() -> None:
    assert reasons("a: 1\na: 2\n", setting((), "a", 3)) == ['"a" stands there more than once']


def test_a_key_is_not_renamed_to_one_that_is_there() -> None:
    renaming = about(Renaming(Place("a.yaml"), "a", "b"))
    assert reasons("a: 1\nb: 2\n", renaming) == ['"b" is there as well']


def test_nothing_is_left_empty() -> None:
    assert reasons("a:\n  b: 1\n", setting(("a",), "b", None)) == ["nothing would be left there"]
    assert reasons("a:\n- b\n", setting(("a",), 0, None)) == ["nothing would be left there"]


def test_an_edit_that_would_say_something_else_is_refused() -> None:
    # The text has no line break at its end; with a line behind it, it would have one.
    expected = ["the file would then not say what it should"]
    assert reasons("a: |\n  text", setting((), "b", 1)) == expected
    assert reasons("? a\n: 1\n", setting((), "b", 1)) == expected


def test_one_edit_that_is_refused_does_not_keep_the_others() -> None:
    done = mend(b"? a\n: {c: 1}\n", [setting((), "b", 1), setting(("a",), "c", 2)])
    assert done.raw == b"? a\n: {c: 2}\n"
    assert [refusal.reason for refusal in done.refused] == ["the file would then not say what it should"]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"a: [", "the file is no readable YAML"),
        (b"a: \xff", "the file is not UTF-8"),
        (b"[" * 200 + b"]" * 200, "the file is nested more than 100 levels deep"),
        (b"# Code generated by depgen from x. DO NOT EDIT.\na: 1\n", "the file is generated"),
    ],
    ids=["malformed", "encoding", "deep", "generated"],
)
def test_a_file_that_cannot_be_changed_is_said(raw: bytes, reason: str) -> None:
    finding = setting((), "a", 2)
    assert mend(raw, [finding]) == Mended(raw, refused=(Refusal(finding, reason),))


# ---- rounds ----


def seven(files: Files) -> list[Finding]:
    """A linter that wants 7 for `a` first and `b: 8` then."""
    text = files["a.yaml"].decode()
    if "a: 7" not in text:
        return [setting((), "a", 7)]
    return [] if "b: 8" in text else [setting((), "b", 8)]


def test_what_a_fix_uncovers_is_fixed_as_well() -> None:
    outcome = fix({"a.yaml": b"a: 1\n"}, seven, {})
    assert outcome.changed == {"a.yaml": b"a: 7\nb: 8\n"}
    assert (len(outcome.fixed), outcome.left, outcome.refused) == (2, (), ())


def test_a_second_run_fixes_nothing() -> None:
    first = fix({"a.yaml": b"a: 1\n"}, seven, {})
    assert fix(first.changed, seven, {}).changed == {}


def test_fixes_that_undo_each_other_come_to_an_end() -> None:
    def find(files: Files) -> list[Finding]:
        return [setting((), "a", 2 if files["a.yaml"] == b"a: 1\n" else 1)]

    outcome = fix({"a.yaml": b"a: 1\n"}, find, {})
    assert len(outcome.left) == 1


def test_a_file_that_is_locked_or_not_given_is_left_alone() -> None:
    outcome = fix({"a.yaml": b"a: 1\n"}, lambda files: [setting((), "a", 2)], {"a.yaml": "it may not"})
    assert (outcome.changed, [refusal.reason for refusal in outcome.refused]) == ({}, ["it may not"])
    outcome = fix({}, lambda files: [setting((), "a", 2)], {})
    assert [refusal.reason for refusal in outcome.refused] == ["the file was not given"]


def test_a_finding_may_be_fixed_in_another_file() -> None:
    where = Position("graph.yaml", 1, 1)
    finding = Finding(
        where, "rule", Severity.ERROR, "", None, "", fix=Fix(Place("a.yaml", (0, "spec")), "suspend", True)
    )
    files = {"graph.yaml": b"x: 1\n", "a.yaml": b"spec: {}\n"}
    outcome = fix(files, lambda now: [] if b"true" in now["a.yaml"] else [finding], {})
    assert outcome.changed == {"a.yaml": b"spec: {suspend: true}\n"}


def test_each_edit_is_told_for_formats_that_carry_it() -> None:
    text = cleandoc("a: 1\nb: 12:00")
    one, other, none = setting((), "a", 2), about(Quoting(), 2, 4), setting(("x",), "y", 1)
    found = edits({"a.yaml": text.encode()}, [one, other, none])
    assert {text[edit.start : edit.end]: edit.text for _, edit in found.values()} == {
        "1": "2",
        "12:00": '"12:00"',
    }
    assert found.keys() == {one, other}
