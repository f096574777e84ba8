"""Every reader gets the value that was written."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from depgen import yamltext

TRAPS = ["y", "NO", "on", "12:30", "1e3", "0o17", "010", "1_000", "=", "~", "", " a", "a ", "a: b", "# c", "- a", "{{x}}", "é", "\U0001f600", "\u2028", "\x85", "2026-01-05", "null", ".inf", "0x1F", "*a", "&a", "!t", "a\nb", "\t", "\x7f", "\ufeff", "true", "'", '"', "\\"]  # fmt: skip


def both(text: str) -> tuple[Any, Any]:
    """What a YAML 1.1 and a YAML 1.2 reader make of it."""
    modern = YAML(typ="safe", pure=True)
    modern.version = "1.2"
    return yaml.safe_load(text), modern.load(text)


@pytest.mark.parametrize("value", TRAPS)
def test_a_string_that_looks_like_something_else_stays_a_string(value: str) -> None:
    assert both(f"a: {yamltext.scalar(value)}\n") == ({"a": value}, {"a": value})


strings = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | strings,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(strings, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.dictionaries(strings, values, min_size=1, max_size=4))
def test_any_mapping_is_read_back_alike(mapping: dict[str, Any]) -> None:
    text = yamltext.fields(mapping, 4)
    assert both("top:\n" + text + "\n") == ({"top": mapping}, {"top": mapping})


def test_plain_words_stand_bare_and_all_else_is_quoted() -> None:
    assert [yamltext.scalar(v) for v in ("daily-report", "Europe/Paris", "18:00", "no", 7, True, None)] == [
        "daily-report",
        "Europe/Paris",
        '"18:00"',
        '"no"',
        "7",
        "true",
        "null",
    ]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(
        st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).filter(str.strip), min_size=1
    )
)
def test_a_literal_block_keeps_program_text(lines: list[str]) -> None:
    text = "x\n" + "\n".join(line.rstrip() for line in lines) + "\n"
    assert both("jq: |\n" + yamltext.block(text, 2) + "\n") == ({"jq": text}, {"jq": text})


def test_quoting_agrees_with_json() -> None:
    assert json.loads(yamltext.scalar('a"b\\c\nd')) == 'a"b\\c\nd'
