"""How long a frame takes while the picture is moved, in Chromium, by its own clock."""

from __future__ import annotations

from statistics import median

from tests.browser.chromium import Visit

# The wheel turns a little in each frame, as under a hand.
_MOVE = """
(frames) => new Promise((resolve) => {
  const canvas = document.getElementById("canvas"), times = [];
  let last = 0;
  const next = (now) => {
    if (last) times.push(now - last);
    last = now;
    canvas.dispatchEvent(new WheelEvent("wheel", { deltaX: times.length % 2 ? 9 : 7, deltaY: 5, bubbles: true, cancelable: true }));
    if (times.length < frames) requestAnimationFrame(next); else resolve(times);
  };
  requestAnimationFrame(next);
})
"""


def frame(seen: Visit, frames: int = 60) -> float:
    """Milliseconds of the median frame."""
    times: list[float] = seen.page.evaluate(_MOVE, frames)
    return median(times)
