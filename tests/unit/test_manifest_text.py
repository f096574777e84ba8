"""Where the parts of a manifest stand, found when they are asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depgen.diagnostics import Route
from depgen.manifest_text import ManifestText


def spot(text: str, *route: str | int, at_key: bool = False) -> tuple[int, int]:
    found = ManifestText("m.yaml", text.encode()).position(route, at_key)
    assert found.path == "m.yaml"
    return found.line, found.column


TWO = "a: 1\n---\n# é\nspec:\n  list:\n    - x: é\n      y: [1, {z: 2}]\n"


@pytest.mark.parametrize(
    ("route", "at_key", "expected"),
    [
        ((0, "a"), False, (1, 4)),
        ((0, "a"), True, (1, 1)),
        ((1,), False, (4, 1)),
        ((1, "spec"), True, (4, 1)),
        ((1, "spec"), False, (5, 3)),
        ((1, "spec", "list", 0, "y", 1, "z"), False, (7, 18)),
        ((1, "spec", "list", 0, "y", 1, "z"), True, (7, 15)),
        ((1, "spec", "list", 0), True, (6, 7)),
    ],
)
def test_a_route_begins_with_the_number_of_the_document(
    route: Route, at_key: bool, expected: tuple[int, int]
) -> None:
    assert spot(TWO, *route, at_key=at_key) == expected


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ((1, "spec", "deadline"), (4, 1)),
        ((1, "spec", "list", 5, "x"), (5, 3)),
        ((1, "spec", "list", "x"), (5, 3)),
        ((1, "spec", 0), (4, 1)),
        ((2, "spec"), (1, 1)),
        ((-1,), (1, 1)),
        ((), (1, 1)),
    ],
)
def test_what_is_not_there_is_told_at_the_nearest_part_that_is(
    route: Route, expected: tuple[int, int]
) -> None:
    assert spot(TWO, *route, at_key=True) == expected


def test_of_a_repeated_key_the_last_is_meant_as_for_readers() -> None:
    assert spot("a: 1\na: 2\n", 0, "a") == (2, 4)


def test_what_an_alias_or_a_merge_key_brings_stands_where_it_is_written_out() -> None:
    text = (
        "base: &base {x: 1, y: 2}\nother: &other {z: 3}\nspec:\n  <<: [*base, *other]\n  y: 4\nsame: *base\n"
    )
    assert spot(text, 0, "spec", "x") == (1, 17)
    assert spot(text, 0, "spec", "y") == (5, 6)
    assert spot(text, 0, "spec", "z") == (2, 19)
    assert spot(text, 0, "same", "y") == (1, 23)


@pytest.mark.parametrize("text", ["a: &a\n  <<: *a\n", "a: &a {b: *a}\n"])
def test_an_alias_that_leads_back_comes_to_an_end(text: str) -> None:
    assert spot(text, 0, "a", "c", "d")[0] == 1


def test_a_byte_order_mark_is_no_column() -> None:
    assert ManifestText("m.yaml", b"\xef\xbb\xbfa: b\n").position((0, "a")).column == 4


def test_what_stands_before_a_mistake_has_its_place() -> None:
    assert spot("a: 1\n---\nb: [\n", 0, "a") == (1, 4)
    assert spot("a: 1\n---\nb: [\n", 1, "b") == (1, 1)


def test_a_text_that_is_nested_without_end_has_only_its_beginning() -> None:
    assert spot("[" * 200_000, 0, 0, 0) == (1, 1)


@given(st.binary(max_size=60), st.lists(st.integers(0, 3) | st.sampled_from("ab"), max_size=4))
def test_any_bytes_have_a_place_for_any_route(raw: bytes, route: list[str | int]) -> None:
    found = ManifestText("m.yaml", raw).position(tuple(route))
    assert min(found.line, found.column) >= 1
