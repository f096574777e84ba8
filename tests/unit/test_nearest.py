"""Which name was probably meant, and that a thousand mistakes among ten thousand names are told in time."""

from __future__ import annotations

import random
import time
from difflib import get_close_matches

import pytest

from depgen.nearest import Names

WORDS = ("extract-sales", "load-stock", "report-daily", "benchmark", "q")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("extract-sale", "extract-sales"),
        ("extract-saless", "extract-sales"),
        ("extract_sales", "extract-sales"),
        ("laod-stock", "load-stock"),
        ("Benchmark", "benchmark"),
        ("stock", "load-stock"),
        ("report-weekly", "report-daily"),
        ("archive", None),
        ("", None),
        ("x" * 1000, None),
    ],
)
def test_the_nearest_name_is_the_one_that_difflib_finds(name: str, meant: str | None) -> None:
    assert Names(WORDS).closest(name) == meant
    assert next(iter(get_close_matches(name, WORDS, 1)), None) == meant


def test_without_names_there_is_no_guess() -> None:
    assert Names(()).closest("load") is None


def test_the_answer_does_not_depend_on_the_order_of_the_names() -> None:
    names = [f"job-{number:03}" for number in range(300)]
    asked = ["job-0001", "job-01", "jub-007", "jobs-01", "xob-2999"]
    expected = [Names(names).closest(name) for name in asked]
    random.Random(3).shuffle(names)
    assert [Names(names).closest(name) for name in asked] == expected
    assert None not in expected


def test_a_thousand_slips_among_ten_thousand_names_are_found_at_once() -> None:
    names = Names([f"job-{number:05}" for number in range(10_000)])
    began = time.process_time()
    assert [names.closest(f"jpb-{number:05}") for number in range(0, 10_000, 10)] == [
        f"job-{number:05}" for number in range(0, 10_000, 10)
    ]
    assert time.process_time() - began < 1  # some 0.1 s


def test_names_like_none_are_given_up_after_a_while() -> None:
    names = Names([f"job-{number:05}" for number in range(10_000)])
    began = time.process_time()
    assert [names.closest(f"{number:05}.task-of-yesterday") for number in range(1_000)] == [None] * 1_000
    assert time.process_time() - began < 2  # some 0.2 s
    assert names.closest("job-012345") is not None  # a slip is still found
