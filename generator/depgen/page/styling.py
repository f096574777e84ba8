"""The style of a picture that stands alone, by day and by night; the page has a larger one of its own.

Colours are of Okabe and Ito's palette, whose pairs most colour-blind people can tell apart.
"""

from __future__ import annotations

_STYLE = """
svg { --back: #fff; --text: #1c2128; --faint: #57606a; --line: #8c959f; --box: #f6f8fa; --source: #ddeffb;
  --success: #3a7ca5; --failure: #d55e00; --done: #7a6a9b; --gate: #b88600; --added: #009e73; --removed: #d55e00;
  --changed: #b88600; --critical: #cc3377; font-family: system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { svg { --back: #14181d; --text: #dfe4ea; --faint: #9aa4af; --line: #5a6572;
  --box: #20262d; --source: #17344a; --success: #56b4e9; --failure: #ee7733; --done: #b3a2d8; --gate: #e69f00;
  --added: #2cc295; --removed: #ee7733; --changed: #e69f00; --critical: #ff6fae; } }
.paper { fill: var(--back); }
.box { fill: var(--box); stroke: var(--line); }
.source .box, .external .box { fill: var(--source); }
.external .box { stroke-dasharray: 4 3; }
.name { fill: var(--text); font-size: 13px; font-weight: 600; }
.sub, .frame text { fill: var(--faint); font-size: 10.5px; }
.frame rect { fill: none; stroke: var(--line); stroke-dasharray: 2 4; }
.frame text { font-size: 12px; font-weight: 600; }
.edge { fill: none; stroke: var(--success); stroke-width: 1.5; marker-end: url(#head-all); }
.edge.any { marker-end: url(#head-any); }
.edge.atLeast { marker-end: url(#head-atLeast); }
.edge.failure { stroke: var(--failure); stroke-dasharray: 7 4; }
.edge.done { stroke: var(--done); stroke-dasharray: 2 3; }
.edge.listens { stroke: var(--line); stroke-dasharray: 9 3 2 3; }
.hollow { fill: var(--back); stroke-width: 1.2; }
.flags { fill: var(--text); font-size: 10px; font-weight: 700; paint-order: stroke; stroke: var(--back); stroke-width: 3; }
.barrier { stroke: var(--gate); stroke-width: 4; }
.critical .box { stroke: var(--critical); stroke-width: 3; }
.edge.critical { stroke: var(--critical); stroke-width: 3.5; }
.added .box { stroke: var(--added); stroke-width: 3; }
.removed .box { stroke: var(--removed); stroke-width: 3; stroke-dasharray: 3 3; }
.changed .box { stroke: var(--changed); stroke-width: 3; stroke-dasharray: 10 3; }
.edge.added { stroke: var(--added); stroke-width: 3; }
.edge.removed { stroke: var(--removed); stroke-width: 3; stroke-dasharray: 3 3; }
.edge.changed { stroke: var(--changed); stroke-width: 3; stroke-dasharray: 10 3; }
"""


def standalone(drawing: str) -> str:
    """The SVG of `drawing` with its style and a background, as a file that any viewer shows."""
    opening, rest = drawing.split("<defs>", 1)
    return f'{opening}<style>{_STYLE}</style>\n<rect class="paper" width="100%" height="100%"/>\n<defs>{rest}'
