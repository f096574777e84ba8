"""Small pictures of the page, to see that it looks as it did: `python -m tests.browser.pictures` makes them anew.

Fonts differ between machines, and so does what is a pixel further. So pictures are compared small, where letters are
grey and boxes are boxes: a colour or a shape that is gone shows, a letter's edge does not.
"""

from __future__ import annotations

import json
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser import samples
from tests.browser.chromium import Visit, launched, visiting
from tests.browser.live_samples import live_page

FOLDER = Path(__file__).parent / "pictures"
# By name: the page, and where on it to look, by day or by night.
LOOKS: dict[str, tuple[Callable[[], str], str, str]] = {
    "lineage": (samples.nights, "#/lineage", "light"),
    "lineage-dark": (samples.nights, "#/lineage?dir=tb", "dark"),
    "critical": (samples.nights, "#/lineage?critical=1&node=shop/report", "light"),
    "collapsed": (samples.nights, "#/lineage?collapse=graph", "light"),
    "edited": (samples.edited, "#/lineage", "light"),
    "timeline": (samples.nights, "#/timeline", "light"),
    "timeline-dark": (samples.nights, "#/timeline", "dark"),
    "past": (samples.was, "#/timeline", "light"),
    "table": (samples.nights, "#/table", "light"),
    "live": (live_page, "#/lineage?node=shop/report", "light"),
}
# How much of a picture may differ by more than a shade: a box is about half a percent of it.
TOLERANCE = 0.015
_SHRINK = """
async ([wide, high, ...given]) => {
  const pixels = [];
  let url = "";
  for (const one of given) {
    const image = new Image();
    image.src = "data:image/png;base64," + one;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: wide, height: high });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, wide, high);
    pixels.push(context.getImageData(0, 0, wide, high).data);
    url ||= canvas.toDataURL("image/png");
  }
  let different = 0;
  if (pixels.length > 1) for (let at = 0; at < pixels[0].length; at += 4) {
    const by = [0, 1, 2].map((n) => Math.abs(pixels[0][at + n] - pixels[1][at + n]));
    if (Math.max(...by) > 16) different++;
  }
  return JSON.stringify({ url, share: different / (wide * high) });
}
"""
_SIZE = [320, 200]


def taken(browser: Browser, name: str) -> bytes:
    """The page as it looks now, in full."""
    make, place, colours = LOOKS[name]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(make(), encoding="utf-8")
        with visiting(browser, file.as_uri() + place, color_scheme=colours) as seen:
            return settled(seen)


def settled(seen: Visit) -> bytes:
    """The picture, once two in a row are the same."""
    before = b""
    for _ in range(20):
        now = seen.page.screenshot(animations="disabled")
        if now == before:
            return now
        before = now
    return before


def shrunk(browser: Browser, *pictures: bytes) -> tuple[bytes, float]:
    """The first picture small, and the share of it in which it is unlike the second."""
    with visiting(browser, "about:blank") as seen:
        told = json.loads(
            seen.page.evaluate(_SHRINK, [*_SIZE, *(b64encode(one).decode() for one in pictures)])
        )
    return b64decode(told["url"].partition(",")[2]), float(told["share"])


def main() -> None:
    """Makes all of them anew."""
    FOLDER.mkdir(exist_ok=True)
    with launched() as browser:
        for name in LOOKS:
            small, _ = shrunk(browser, taken(browser, name))
            (FOLDER / f"{name}.png").write_bytes(small)


if __name__ == "__main__":
    main()
