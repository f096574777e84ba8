"""Amounts of cpu and memory in the one form in which Kubernetes writes them back.

Argo Events' controller writes EventSources and Sensors back, with `0.5` as `500m`; a deployment tool then sees a
difference for ever. Source of the rules: k8s.io/apimachinery v0.36.3, pkg/api/resource/quantity.go.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import ceil

_FORM = re.compile(r"([0-9.]+)(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?[0-9]+))?")
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")
_SCIENTIFIC = ("e-9", "e-6", "e-3", "", "e3", "e6", "e9", "e12", "e15", "e18")


def canonical(given: str | float) -> str:
    """`0.5` is `500m`, `1024Mi` is `1Gi`, `1500Mi` stays; what is finer than a billionth is rounded up.

    `given` is not negative and fits the pattern of quantities in the graph's schema.
    """
    match = _FORM.fullmatch(str(given))
    if match is None:
        raise ValueError(f"no quantity: {given}")
    number, binary, decimal, exponent = match.groups()
    value = Fraction(number)
    if binary:
        value *= 1024 ** _BINARY.index(binary)
        if value >= 1024 and value.denominator == 1:
            return _shortest(int(value), 1024, _BINARY)
    elif exponent:
        return _shortest(ceil(value * Fraction(10) ** int(exponent) * 10**9), 1000, _SCIENTIFIC)
    value *= Fraction(1000) ** (_DECIMAL.index(decimal or "") - _DECIMAL.index(""))
    return _shortest(ceil(value * 10**9), 1000, _DECIMAL)


def _shortest(whole: int, base: int, suffixes: Sequence[str]) -> str:
    """With the largest suffix that leaves a whole number; the first one stands for `whole` as it is."""
    if not whole:
        return "0"
    step = 0
    while whole % base == 0 and step < len(suffixes) - 1:
        whole, step = whole // base, step + 1
    return f"{whole}{suffixes[step]}"
