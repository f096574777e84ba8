"""What README and docs show is what depgen really prints, writes and accepts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house import quotes
from tests.house.quotes import ROOT, Quote

ALL = [quote for path in quotes.documents() for quote in quotes.quotes(path)]
# Blocks that nothing checks, with their reasons: each one more is one more place where the documents may be wrong.
UNCHECKED = {"a drawing", "code of another system", "Lua for Neovim"}


@pytest.mark.parametrize("quote", ALL, ids=lambda quote: f"{quote.path.relative_to(ROOT)}:{quote.line}")
def test_a_quote_is_true(quote: Quote) -> None:
    assert quote.problem() == "", "run `make docs` and look at the difference"


@pytest.mark.parametrize("path", quotes.documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_block_says_where_it_comes_from(path: Path) -> None:
    fences = re.findall(r"^ *```(?=.)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fences) == len(list(quotes.quotes(path)))


def test_what_is_not_checked_has_a_reason() -> None:
    assert {quote.what for quote in ALL if quote.kind == "shown"} == UNCHECKED


def test_a_page_is_mended_where_it_is_wrong_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# T\n\n<!-- run: true && echo a -->\n```console\nold\n```\n\n<!-- graph -->\n```yaml\nx: 1\n```\n```\nold\n```\n"
    )
    assert quotes.refreshed(page) == page.read_text().replace("console\nold\n", "console\n$ echo a\na\n")
    wrong, graph = quotes.quotes(page)
    assert (wrong.line, wrong.problem()) == (3, "differs from:\n$ echo a\na\n")
    assert graph.problem().startswith('6: the file has the unknown field "x"; ')


def test_a_part_of_a_file_goes_from_one_text_to_another(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- file: examples/04-two-graphs/core.yaml; nodes:; source -->\n```yaml\n```\n")
    part = "nodes:\n  customers:\n    source: {cronWorkflow: customers-load}\n"
    assert quotes.refreshed(page) == page.read_text().replace("yaml\n", f"yaml\n{part}")


def test_a_command_on_a_cluster_is_played_on_a_night_of_the_shop(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- shop night 22:10: depgen status --node tidy -o name -->\n```console\nold\n```\n")
    played = (
        "$ depgen status --node tidy -o name\nshop/tidy 20261119\nshop/tidy 20261120\nshop/tidy 20261121\n"
    )
    assert quotes.refreshed(page) == page.read_text().replace("old\n", played)
    assert next(quotes.quotes(page)).problem() == f"differs from:\n{played}"


def test_a_page_is_followed_from_its_top(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- save: a/b.txt -->\n```text\none\n```\n\n<!-- step: cat a/b.txt -->\n```console\nold\n```\n\n"
        "<!-- append: a/b.txt -->\n```text\ntwo\n```\n\n<!-- step: cd a && cat b.txt -->\n```console\n$ cat b.txt\none\ntwo\n```\n"
    )
    assert quotes.refreshed(page) == page.read_text().replace("old\n", "$ cat a/b.txt\none\n")
    assert [bool(quote.problem()) for quote in quotes.quotes(page)] == [False, True, False, False]


def test_words_that_a_command_prints_may_stand_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- within: echo big words; says: -->\n```text\nit says: big\nwords\n```\n\n"
        "<!-- within: echo big words; says: -->\n```text\nit says: small words\n```\n"
    )
    found = [quote.problem() for quote in quotes.quotes(page)]
    assert found == ["", "not in what is printed: small words"]
