"""What was rendered is read as PyYAML reads it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from depgen import rendered, yamltext

FILES = sorted((Path(__file__).parents[2] / "examples").glob("*/out/**/*.yaml"))
TEXTS = st.text() | st.sampled_from(
    ["", "yes", "null", "2026-11-21", "1_0", "0x1f", "a: b", "- a", "# a", "|", "é"]
)
SCALARS = TEXTS | st.integers() | st.booleans() | st.none() | st.sampled_from([0.2, -1.5])
VALUES = st.recursive(
    SCALARS, lambda values: st.lists(values) | st.dictionaries(TEXTS, values), max_leaves=20
)
PIECES = [
    *("a", "b-c/d.e", "kind", "yes", "null", "1", "-1", "0x1f", "1.5", "2026-11-21", "~", "<<", "=", ".", "{}", "[]"),
    *('"a"', '"a b"', '"a\\nb"', '"\\ud83d"', "'a'", "a b", "{a: b}", "[a, b]", "&x", "*x", "!!str", "? ", "%YAML 1.1"),
    *("- ", "-", "- - ", ": ", ":", "a: ", "a:\n", '"b": ', "b: ", "c: |\n", "|", "|-\n", ">\n", " ", "  ", "    ", "      "),
    *("\n", "\n  ", "\n    ", "\n\n", "\n- ", "\n  - ", "---\n", "\n---\n", "...\n", "# a", "\t", "\r", "\x85", "\u2028", "é"),
]  # fmt: skip


def told(objects: Callable[[], list[dict[str, Any]]]) -> str:
    """The objects, from whose text their types can be seen too."""
    try:
        return repr(objects())
    except (yaml.YAMLError, ValueError):
        return "no YAML"


def read(text: str) -> str:
    """As PyYAML reads it."""
    return told(lambda: [thing for thing in yaml.load_all(text, yaml.CSafeLoader) if thing])


def parts(value: Any) -> Iterator[Any]:
    """The value and all that is in it."""
    yield value
    if isinstance(value, dict):
        yield from (part for name in value for part in (name, *parts(value[name])))
    if isinstance(value, list):
        yield from (found for part in value for found in parts(part))


def test_every_file_of_the_examples_is_read_as_pyyaml_reads_it() -> None:
    assert len(FILES) > 60
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        found = rendered.objects([text])
        assert repr(found) == read(text), path
        assert found == [thing for thing in yaml.safe_load_all(text) if thing], path


def test_equal_parts_are_one_and_the_same_and_others_are_not() -> None:
    one, other = rendered.objects(
        [
            "a:\n  - 1\n  - b: cc\nd: {}\n",
            'b: 1\na:\n  - 1.0\n  - true\n  - 1\n  - "b": "c\\u0063"\n  - {}\n',
        ]
    )
    assert repr(other) == "{'b': 1, 'a': [1.0, True, 1, {'b': 'cc'}, {}]}"
    assert one["a"][1] is other["a"][3]
    assert one["d"] is other["a"][4]


def test_equal_parts_of_all_examples_are_one_and_the_same() -> None:
    found = rendered.objects(path.read_text(encoding="utf-8") for path in FILES)
    texts = {id(part): json.dumps(part) for part in parts(found)}
    assert len(texts) == len(set(texts.values())) > 1000


@given(st.dictionaries(TEXTS, VALUES, min_size=1), st.sampled_from([0, 2, 6]))
def test_whatever_is_written_is_read_as_pyyaml_reads_it(mapping: dict[str, Any], indent: int) -> None:
    text = yamltext.fields(mapping, indent) + "\n"
    assert repr(rendered.objects([text])) == read(text)
    assert rendered.objects([text]) == [mapping]


@given(st.lists(st.text("ab \n'\"\\|#:-é", min_size=1).filter(str.strip), min_size=1))
def test_block_texts_are_read_as_pyyaml_reads_them(blocks: list[str]) -> None:
    text = "".join(f"- a: |\n{yamltext.block(block, 4)}\n  b: 1\n" for block in blocks)
    assert told(lambda: rendered.objects([text])) == read(text)


@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
def test_whatever_else_stands_there_is_read_as_pyyaml_reads_it(text: str) -> None:
    assert told(lambda: rendered.objects([text])) == read(text)


@pytest.mark.parametrize(
    "text",
    [
        "{a: 1, b: 0x1f, c: 1.5, d: true, e: null, f: 2026-11-21, '1': \"2\", g: ~}",
        'a: 1\nb: 0x1f\nc: 1.5\nd: true\ne: null\nf: 2026-11-21\n1: "2"\nno: "\\u00e9"\ng: [\'\']\n',
        "a: &x [1, {b: c}]\nd: *x\n",
        "a: |\n  b\n  c\n---\n---\nb: !!set {c, d}\n",
        "a: |\n    b\n\n      c \n    \n\nd: |\n  e\n",
        "- - a: |\n      b\n    c: 1\n  - - d\n- e:\n    - f\n  g: h\n",
        "a: |\n  b\nc: |\nd: e\n",
        "- a: |\n  b: c\n",
        "a: b\n  c\n",
        "a:\n  b\n  c\n",
        "a:\n- b\n- c\n",
        "a:\nb: c\n",
        "a: 1\na: 2\n",
        "- 1: a\n- yes: a\n- 1.0: a\n",
        "  - a\n- b\n",
        "- - |\n  b\n",
        "a: 1\n- b: 2\n",
        "- a: 1\n  - b: 2\n",
        "- a\nb: c\n",
        "- a: b\n- - a\n  - b\n",
        "a:\n  - b\n  c: d\n",
        "a:\n  - b\n c\n",
        "a: |\n  b\x07\n",
        "a: |\n  b\x85c\n",
        "# a\n# b\na: b\n# c\n",
        "a: b\nc: |\n  d",
        "a: b\n\n\nc: d\n\n",
        f"{'a' * 2000}: b\n",
    ],
)
def test_other_lines_and_places_are_read_as_pyyaml_reads_them(text: str) -> None:
    assert told(lambda: rendered.objects([text])) == read(text)
