"""The documentation site: it builds without a warning, leads nowhere that does not exist, and loads nothing from elsewhere.

That every page is in the nav and every link and anchor has its target is MkDocs' own check, `--strict`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.house.site import built

# What a browser loads by itself, without a click; a link to read is none.
LOADED = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src", "object": "data"}
NO_PROSE = ("code", "pre", "script", "style", "h1", "h2", "h3", "h4")
ELSEWHERE = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)


@dataclass
class Html(HTMLParser):
    """What a page loads, and the text of its article that is no code."""

    path: Path
    loaded: list[str] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    _inside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in LOADED and values.get("rel") not in ("canonical", "next", "prev"):
            self.loaded += filter(None, [values.get(LOADED[tag])])
        if tag in NO_PROSE or tag == "article":
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and tag == self._inside[-1]:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._inside == ["article"]:
            self.prose.append(data)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site."""
    return built(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def pages(site: Path) -> list[Html]:
    """All pages."""
    return [Html(path) for path in sorted(site.rglob("*.html"))]


def styles(site: Path) -> Iterator[str]:
    """What the style sheets load."""
    for path in sorted(site.rglob("*.css")):
        yield from re.findall(r"(?:url\(|@import )[\"']?([^\"')]+)", path.read_text(encoding="utf-8"))


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: list[Html]) -> None:
    assert len(pages) > 40
    loaded = [(page.path.name, target) for page in pages for target in page.loaded]
    assert [one for one in loaded if ELSEWHERE.match(one[1])] == []
    assert [target for target in styles(site) if ELSEWHERE.match(target)] == []


def test_what_is_loaded_is_there(site: Path, pages: list[Html]) -> None:
    for page in pages:
        # The page for what is not found is shown at any depth, so it says where things are from the top.
        folder = site if page.path.name == "404.html" else page.path.parent
        targets = [target.partition("?")[0].removeprefix("/") for target in page.loaded]
        assert [target for target in targets if not (folder / target).is_file()] == [], page.path


def test_no_page_has_a_diagram_for_which_the_theme_would_load_mermaid(site: Path) -> None:
    pages = [path for path in site.rglob("*.html") if 'class="mermaid"' in path.read_text(encoding="utf-8")]
    assert pages == []


def test_markdown_is_read_as_github_reads_it(pages: list[Html]) -> None:
    marks = re.compile(r"```|\n\s*(?:[-*]|\d+\.) |\n\s*\|.*\||\]\(")
    left = [
        (page.path.name, match[0]) for page in pages for text in page.prose for match in marks.finditer(text)
    ]
    assert left == []


def test_every_page_can_be_searched(site: Path, pages: list[Html]) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    found = {entry["location"].partition("#")[0] for entry in index["docs"]}
    built = {page.path.relative_to(site).as_posix() for page in pages} - {"404.html"}
    assert built - found - {"index.html"} == set()
