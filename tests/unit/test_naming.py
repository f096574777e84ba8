"""Names and hashes: stable, bounded, and spread by themselves."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from depgen import naming

names = st.lists(st.text("abcdefghij-0123456789", min_size=1, max_size=12), unique=True, max_size=60)


def test_fnv_is_the_one_that_argo_events_uses() -> None:
    assert naming.fnv1a32("") == 0x811C9DC5
    assert naming.fnv1a32("foobar") == 0xBF9CF968


def test_the_stable_hash_never_changes() -> None:
    assert naming.stable_hash("report") == 0x8E068A984E33BD6F


def test_a_zone_is_part_of_a_name() -> None:
    assert naming.slug("America/Argentina/Buenos_Aires") == "america-argentina-buenos-aires"
    assert naming.slug("Etc/GMT+12") == "etc-gmt-12"


def test_a_long_name_is_cut_and_told_apart_by_a_hash() -> None:
    first, second = (naming.bounded("x" * 70 + tail) for tail in "ab")
    assert len(first) == len(second) == naming.NAME_LIMIT
    assert first != second
    assert naming.bounded("short") == "short"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(names, st.integers(1, 200))
def test_boxes_hold_every_item_once_and_only_one_item_may_exceed_the_budget(
    items: list[str], budget: int
) -> None:
    boxes = naming.packed(items, str, len, budget)
    assert sorted(item for box in boxes.values() for item in box) == sorted(items)
    assert all(len(box) == 1 or sum(map(len, box)) <= budget for box in boxes.values())


@settings(max_examples=100, deadline=None, derandomize=True)
@given(names, st.text("xyz", min_size=1, max_size=8))
def test_one_more_item_touches_only_the_boxes_of_its_own_prefix(items: list[str], more: str) -> None:
    before = naming.packed(items, str, len, 40)
    after = naming.packed([*items, more], str, len, 40)
    bits = f"{naming.stable_hash(more):064b}"
    untouched = {prefix: box for prefix, box in before.items() if not bits.startswith(prefix)}
    assert all(sorted(after[prefix]) == sorted(box) for prefix, box in untouched.items())


@settings(max_examples=50, deadline=None, derandomize=True)
@given(names, st.integers(1, 20))
def test_the_partitions_that_are_asked_for_are_enough_and_no_smaller_number_is(
    items: list[str], most: int
) -> None:
    def largest(count: int) -> int:
        sizes = [0] * count
        for item in items:
            sizes[naming.partition_of(item, count)] += 1
        return max(sizes)

    count = naming.partitions_needed(items, most)
    assert largest(count) <= most
    assert count == 1 or largest(count - 1) > most or count == -(-len(items) // most)
