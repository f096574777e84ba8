"""Characters as columns of an editor, in each of the encodings that it may count in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import Position

from depgen.lsp.lines import Lines

TEXT = "a: 📦x\r\nü: y\rlast"


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 7), ("utf-16", 5), ("utf-32", 4)])
def test_a_column_is_counted_as_the_editor_does(encoding: str, column: int) -> None:
    lines, index = Lines(TEXT, encoding), TEXT.index("x")
    assert lines.position(index) == Position(0, column)
    assert lines.index(Position(0, column)) == index


def test_lines_end_where_editors_end_them() -> None:
    lines = Lines(TEXT)
    assert lines.position(TEXT.index("y")) == Position(1, 3)
    assert lines.position(TEXT.index("last")) == Position(2, 0)
    assert lines.position(len(TEXT)) == Position(2, 4)
    assert Lines("a\u2028b\x0cc").position(4) == Position(0, 4)


def test_a_position_behind_the_end_is_the_end() -> None:
    lines = Lines(TEXT)
    assert lines.index(Position(0, 99)) == TEXT.index("\r")
    assert lines.index(Position(99, 0)) == len(TEXT)
    assert lines.index(Position(0, 4)) == TEXT.index("📦")  # between the halves of a pair
    assert lines.at(1, 99) == TEXT.index("\r")
    assert lines.at(99, 1) == len(TEXT)


@given(st.text(alphabet="a📦ü\n\r \u2028"), st.sampled_from(["utf-8", "utf-16", "utf-32"]), st.data())
def test_a_character_is_found_again(text: str, encoding: str, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(text)))
    lines = Lines(text, encoding)
    again = lines.index(lines.position(index))
    # Between the two characters of one line break nobody can be.
    assert again == index or text[again : again + 2] == "\r\n"
