"""What was probably meant by text that is not right, and what is odd about it.

Everything here is a guess for a hint: it may be wrong, and never decides whether something is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import lru_cache

from depgen.breaches import fits
from depgen.phrases import listed

_LONGEST = 64
_LOOKED_AT = 1000


@lru_cache(maxsize=4096)
def closest(name: str, options: tuple[str, ...]) -> str | None:
    """The option that was probably meant; letter case does not count."""
    if len(name) > _LONGEST:
        return None
    by_folded = {option.lower(): option for option in options}
    found = get_close_matches(name.lower(), by_folded, n=1)
    return by_folded[found[0]] if found else None


def remark(pattern: str, text: str) -> str | None:
    """What keeps `text` from matching; found by asking the pattern about each of its characters."""
    # "aaa" matches every pattern of names, none of times and durations.
    if fits(pattern, "aaa"):
        odd = [c for c in dict.fromkeys(text[:_LOOKED_AT]) if not fits(pattern, f"a{c}a")]
    else:
        odd = [c for c in dict.fromkeys(text[:_LOOKED_AT]) if not c.isascii() or not c.isprintable()]
    if odd and odd != [text]:
        shown = [_character(c) for c in odd[:3]] + (["more"] if len(odd) > 3 else [])
        return f"holds {listed(shown, 'and')}"
    if odd or not text or not fits(pattern, "aaa"):
        return None
    if not fits(pattern, text[0]):
        return f"begins with {_character(text[0])}"
    if not fits(pattern, f"a{text[-1]}"):
        return f"ends with {_character(text[-1])}"
    return f"has {len(text)} characters" if not fits(pattern, "a" * len(text)) else None


def _character(character: str) -> str:
    if character == " ":
        return "a space"
    if character.isascii() and character.isprintable():
        return f"'{character}'" if character == '"' else f'"{character}"'
    import unicodedata

    return f"U+{ord(character):04X} {unicodedata.name(character, 'CONTROL CHARACTER')}"


def _repairs(rule: str, text: str, schema: Schema) -> list[str]:
    """What may have been meant by text that breaks a pattern, likeliest first; most will not match it either."""
    if len(text) > _LONGEST_FIELD or not text.isascii():
        return []
    repair = _REPAIRS.get(rule)
    examples = tuple(example for example in schema.get("examples", ()) if isinstance(example, str))
    near = closest(text, examples)
    return (repair(text) if repair else []) + ([near] if near else [])


def _plain_names(text: str) -> list[str]:
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


_REPAIRS: dict[str, Callable[[str], list[str]]] = {
    "bad-date": _padded_date,
    "bad-duration": _short_units,
    "bad-name": _plain_names,
    "bad-period": _short_units,
    "bad-time": lambda text: [text.strip(), f"0{text.strip()}", text.replace(" +", "+")],
}


