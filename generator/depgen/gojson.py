"""How large a value is as Go writes it in JSON, which is how a Sensor reaches its pod.

Go writes compact UTF-8, but six bytes for each of `< > &`, which jq programs are full of.
"""

from __future__ import annotations

import json
from functools import lru_cache

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def go_size(value: object) -> int:
    """Bytes of `value`, a string with its quotes."""
    text = _COMPACT.encode(value)
    size = len(text) + 5 * (text.count("<") + text.count(">") + text.count("&"))
    if text.isascii():
        return size
    more = len(text.encode("utf-8", "surrogatepass")) - len(text)
    return size + more + 3 * (text.count("\u2028") + text.count("\u2029"))


@lru_cache(maxsize=4096)
def text_size(text: str) -> int:
    """`go_size` of a string that may well come again."""
    return go_size(text)
