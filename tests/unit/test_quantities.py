"""Quantities as Kubernetes writes them back; the expected texts are those of its own library."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depgen.quantities import canonical


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("500m", "500m"),
        ("0.5", "500m"),
        (0.5, "500m"),
        (".5", "500m"),
        (1, "1"),
        ("1000m", "1"),
        ("1500m", "1500m"),
        ("1000", "1k"),
        ("250000", "250k"),
        ("256Mi", "256Mi"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("1500Mi", "1500Mi"),
        ("0.5Ki", "512"),
        ("0.001Ki", "1024m"),
        ("0.9765625Ki", "1k"),
        ("512M", "512M"),
        ("1048576", "1048576"),
        ("0", "0"),
        ("0Mi", "0"),
        ("1e3", "1e3"),
        ("1000e3", "1e6"),
        ("1e-1", "100e-3"),
        ("0.0000000001", "1n"),
        ("1Ti", "1Ti"),
    ],
)
def test_a_quantity_has_one_form(given_: str | float, expected: str) -> None:
    assert canonical(given_) == expected


@given(
    st.integers(0, 10**9),
    st.integers(0, 999),
    st.sampled_from(["", "Ki", "Mi", "Gi", "n", "u", "m", "k", "M", "G", "e3", "e-3", "E2"]),
)
def test_the_one_form_of_a_quantity_is_its_own(whole: int, part: int, suffix: str) -> None:
    once = canonical(f"{whole}.{part:03}{suffix}")
    assert canonical(once) == once
