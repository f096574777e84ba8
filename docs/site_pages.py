"""A hook of MkDocs: pages of the site that lie outside of docs/, and links that lead to them.

In the repository a page links to `../examples/07-clocks-and-sweep` or `../ARCHITECTURE.md`, and GitHub shows what is
there. On the site `docs/` is the top, so those files are put beside it, and such a link is written anew. The pages stay
as they are for GitHub. `README.md` of the top is no page: the site has `index.md`, where a link to it leads.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
OUTSIDE = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "action.yml", "examples/**/*")
# Code is left alone; what is between the brackets of a link may be code.
_LINK = re.compile(
    r"(?P<code>^```.*?^```|^ {4}.*?$|`[^`\n]*`(?!\]))|\]\((?P<target>[^)\s#:]+)(?P<anchor>#[^)\s]*)?\)",
    re.DOTALL | re.MULTILINE,
)


def on_files(files: Files, config: MkDocsConfig, **_: Any) -> Files:
    """Adds the files outside of docs/ under their paths in the repository."""
    for path in sorted(_outside()):
        name = path.relative_to(ROOT).as_posix()
        files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """The page with the links of the site."""
    here = page.file.src_uri
    return _LINK.sub(lambda match: match[0] if match["code"] else _link(here, match), markdown)


def _outside() -> Iterator[Path]:
    for pattern in OUTSIDE:
        yield from (
            path
            for path in ROOT.glob(pattern)
            if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
        )


def _link(here: str, match: re.Match[str]) -> str:
    """`here`: the page's path on the site, which is its path in the repository without docs/."""
    is_ours = (ROOT / "docs" / here).is_file()
    folder = os.path.dirname(f"docs/{here}" if is_ours else here)
    target = os.path.normpath(os.path.join(folder, match["target"]))
    if (ROOT / target).is_dir():
        target += "/README.md"
    target = "index.md" if target == "README.md" else target.removeprefix("docs/")
    return f"]({os.path.relpath(target, os.path.dirname(here) or '.')}{match['anchor'] or ''})"
