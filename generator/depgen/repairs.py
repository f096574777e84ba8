"""What was probably meant by text that is not right, and what is odd about it.

Everything here is a guess for a hint: it may be wrong, and never decides whether something is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from depgen.breaches import fits
from depgen.phrases import listed, quoted

_LONGEST = 64
_LOOKED_AT = 1000
_OF_WORDS = ("bad-name", "bad-period")  # text of other rules is never close to an example by its letters


@lru_cache(maxsize=4096)
def closest(name: str, options: tuple[str, ...]) -> str | None:
    """The option that was probably meant; letter case does not count."""
    if len(name) > _LONGEST:
        return None
    from difflib import get_close_matches  # slow to load, and most graphs are right

    by_folded = {option.lower(): option for option in options}
    found = get_close_matches(name.lower(), by_folded, n=1)
    return by_folded[found[0]] if found else None


def remark(pattern: str, text: str) -> str | None:
    """What keeps `text` from matching; found by asking the pattern about each of its characters."""
    is_name = fits(pattern, "aaa")
    characters = dict.fromkeys(text[:_LOOKED_AT])
    odd = [c for c in characters if (not fits(pattern, f"a{c}a") if is_name else _is_strange(c))]
    if odd and (odd != [text] or _is_strange(text)):
        shown = [_character(c) for c in odd[:3]] + (["more"] if len(odd) > 3 else [])
        return f"holds {listed(shown, 'and')}"
    if odd or not text or not is_name:
        return None
    if not fits(pattern, text[0]):
        return f"begins with {_character(text[0])}"
    if not fits(pattern, f"a{text[-1]}"):
        return f"ends with {_character(text[-1])}"
    return f"has {len(text)} characters" if not fits(pattern, "a" * len(text)) else None


def _is_strange(character: str) -> bool:
    return not character.isascii() or not character.isprintable()


def _character(character: str) -> str:
    if character == " ":
        return "a space"
    if not _is_strange(character):
        return quoted(character)
    import unicodedata  # rarely needed, and slow to load

    return f"U+{ord(character):04X} {unicodedata.name(character, 'CONTROL CHARACTER')}"


def repaired(rule: str, pattern: str, text: str, examples: tuple[str, ...]) -> str | None:
    """What was meant by text that breaks a pattern of a rule: a usual slip, or one of the examples."""
    if len(text) > _LONGEST or not text.isascii():
        return None
    slips = _SLIPS[rule](text) if rule in _SLIPS else []
    meant = next((slip for slip in slips if fits(pattern, slip)), None)
    return meant or (closest(text, examples) if rule in _OF_WORDS else None)


def _plain_names(text: str) -> list[str]:
    if text.startswith("$"):
        return []
    hyphened = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    underscored = re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("-_")
    return [text.lower(), hyphened, hyphened.replace("-", ""), underscored]


def _short_units(text: str) -> list[str]:
    """`6 hours` as `6h`."""
    joined = re.sub(r"\s+", "", text.lower())
    return [re.sub(r"(\d)(mo|[hmsdw])[a-z]*", r"\1\2", joined)]


def _padded_date(text: str) -> list[str]:
    match = re.match(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})(?!\d)", text)
    return [f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"] if match else []


def _times(text: str) -> list[str]:
    """`9:00` as `09:00`, `25:30` as `01:30+1d`."""
    bare = text.replace(" +", "+").strip()
    past = re.fullmatch(r"(2[4-9]|[34]\d):(\d\d)", bare)
    return [bare, f"0{bare}", *([f"{int(past[1]) - 24:02}:{past[2]}+1d"] if past else [])]


_SLIPS: dict[str, Callable[[str], list[str]]] = {
    "bad-date": _padded_date,
    "bad-duration": _short_units,
    "bad-name": _plain_names,
    "bad-period": _short_units,
    "bad-time": _times,
}
