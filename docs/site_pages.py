"""A hook of MkDocs: pages of the site that lie outside of docs/, and what GitHub reads otherwise than Python-Markdown.

In the repository a page links to `../examples/07-clocks-and-sweep` or `../ARCHITECTURE.md`, and GitHub shows what is
there. On the site `docs/` is the top, so those files are put beside it, and such a link is written anew. The pages stay
as they are for GitHub. `README.md` of the top is no page: the site has `index.md`, where a link to it leads.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
OUTSIDE = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "action.yml", "examples/**/*")
# Blocks of code, and code in a sentence unless it is the text of a link, are left alone.
_LINK = re.compile(
    r"(?P<code>^```.*?^```|^ {4}.*?$|`[^`\n]*`(?!\]))|\]\((?P<target>[^)\s#:]+)(?P<anchor>#[^)\s]*)?\)",
    re.DOTALL | re.MULTILINE,
)
_ROW_CODE = re.compile(r"(?<=^\|)(?=.*\\\|).*$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig, **_: Any) -> Files:
    """Adds the files outside of docs/ under their paths in the repository."""
    for path in sorted(_outside()):
        files.append(File.generated(config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """The page with the links of the site, and with `a|b` for the `a\\|b` that GitHub wants in the code of a table."""
    here = page.file.src_uri
    rows = _ROW_CODE.sub(
        lambda row: re.sub(r"`[^`]*`", lambda code: code[0].replace("\\|", "|"), row[0]), markdown
    )
    return _LINK.sub(lambda match: match[0] if match["code"] else _link(here, match), rows)


def _outside() -> Iterator[Path]:
    for path in (path for pattern in OUTSIDE for path in ROOT.glob(pattern)):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            yield path


def _link(here: str, match: re.Match[str]) -> str:
    """`here`: the page's path on the site, which is its path in the repository without docs/."""
    page = PurePosixPath("docs" if (ROOT / "docs" / here).is_file() else "", here)
    target = os.path.normpath(page.parent / match["target"])
    if (ROOT / target).is_dir():
        target += "/README.md"
    target = "index.md" if target == "README.md" else target.removeprefix("docs/")
    return f"]({os.path.relpath(target, PurePosixPath(here).parent)}{match['anchor'] or ''})"
