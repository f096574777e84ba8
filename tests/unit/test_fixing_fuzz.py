"""Whatever a file holds and however it is written: a fix changes one value of its data, and of its text nothing else."""

from __future__ import annotations

import difflib
import json
from copy import deepcopy
from typing import Any, cast

import yaml
from hypothesis import given
from hypothesis import strategies as st

from depgen.diagnostics import Finding, Fix, FixValue, Place, Position, Renaming, Severity
from depgen.fixing.mending import mend

NAMES = st.sampled_from(["a", "b", "spec", "node id", "yes", "12:00", "ü"])
WORDS = st.one_of(
    st.booleans(),
    st.integers(-5, 10**6),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12),
    st.sampled_from(["12:00", "2026-01-01", "no", "a\nb\n", "x" * 90, "- a", "{", "# c", "a: b"]),
)
SCALARS = st.one_of(st.none(), WORDS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)
DATA = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)
# A mapping of a mapping would be printed over lines, which is not what a fix may write.
NEW = st.one_of(WORDS, st.just({"limit": 3, "x": ["no"]}), st.just([1]))


class _Plain(yaml.SafeDumper):
    """A dumper without aliases, for a text as people write it."""

    def ignore_aliases(self, data: object) -> bool:
        return True


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A document and its data: in block or flow style, indented by so much, with comments and other line breaks."""
    data = draw(DATA)
    if draw(st.booleans()) and draw(st.booleans()):
        return json.dumps(data, ensure_ascii=False, indent=draw(st.sampled_from([None, 2]))), data
    flow = draw(st.sampled_from([False, False, None, True]))
    indent = draw(st.sampled_from([2, 4]))
    text = yaml.dump(
        data, Dumper=_Plain, default_flow_style=flow, indent=indent, allow_unicode=True, sort_keys=False
    )
    if draw(st.booleans()):
        text = f"# top\n{text}# end\n"
    if draw(st.booleans()) and "\\" not in text and "|" not in text and ">" not in text:
        text = text.replace("\n", "\r\n")
    return text, yaml.safe_load(text)


def _mappings(value: Any, route: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    found = [(route, value)] if isinstance(value, dict | list) else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in inner:
        found += _mappings(item, (*route, step))
    return found


def _fixed(text: str, fix: Fix | Renaming) -> tuple[str, bool]:
    finding = Finding(Position("a", 1, 1), "rule", Severity.ERROR, "", None, "", fix=fix)
    done = mend(text.encode(), [finding])
    assert bool(done.made) != bool(done.refused)
    return done.raw.decode(), bool(done.made)


def _same(one: object, other: object) -> bool:
    """Equality in which true is not 1."""
    return repr(one) == repr(other) if not isinstance(one, dict) else _same_fields(one, other)


def _same_fields(one: dict[str, Any], other: object) -> bool:
    return (
        isinstance(other, dict)
        and one.keys() == other.keys()
        and all(_same(one[name], other[name]) for name in one)
    )


@given(texts(), st.data())
def test_a_fix_changes_one_value_and_no_line_but_its_own(
    document: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    text, was = document
    route, holder = data.draw(st.sampled_from(_mappings(was)))
    value = data.draw(st.one_of(NEW, st.none()))
    is_map = isinstance(holder, dict)
    names = [*holder, "new"] if is_map else list(range(len(holder))) or [0]
    step = data.draw(st.sampled_from(names))
    after, is_made = _fixed(text, Fix(Place("a", route), step, cast(FixValue, value)))
    if not is_made:
        assert after == text
        return
    wanted = deepcopy(was)
    spot = wanted
    for part in route:
        spot = spot[part]
    if value is None:
        del spot[step]
    else:
        spot[step] = value
    assert _same(yaml.safe_load(after), wanted)
    matcher = difflib.SequenceMatcher(None, text.splitlines(), after.splitlines(), autojunk=False)
    changed = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    # One place changed; of a flow mapping over lines it may be the end of one line and the beginning of the next.
    assert len(changed) <= 2


@given(texts(), st.data())
def test_a_renamed_field_keeps_its_value(document: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    text, was = document
    name = data.draw(st.sampled_from(sorted(was)))
    after, is_made = _fixed(text, Renaming(Place("a"), name, "renamed"))
    assert is_made or after == text
    if is_made:
        wanted = {("renamed" if key == name else key): value for key, value in was.items()}
        assert _same(yaml.safe_load(after), wanted)


@given(st.binary(max_size=60))
def test_no_file_is_too_odd_to_be_left_alone(raw: bytes) -> None:
    fix = Fix(Place("a"), "a", 1)
    finding = Finding(Position("a", 1, 1), "rule", Severity.ERROR, "", None, "", fix=fix)
    assert bool(mend(raw, [finding]).made) != bool(mend(raw, [finding]).refused)
