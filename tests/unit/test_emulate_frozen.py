"""Values that are shared, and how large they are."""

from __future__ import annotations

import json
from typing import Any

from depgen.emulate import merging
from depgen.emulate.frozen import Frozen, dumped, go_bytes, most_bytes, most_more
from depgen.emulate.gojson_text import encoded


def test_what_changed_is_the_same_by_a_patch_and_by_comparing() -> None:
    def version(number: int, data: dict[str, str]) -> Frozen:
        return Frozen({"metadata": {"name": "m", "resourceVersion": str(number)}, "data": data})

    old, new = version(1, {"a": "1", "b": "2", "c": "3"}), {"a": "1", "b": "4", "d": "5"}
    patch = {"data": {"a": "1", "b": "4", "c": None, "d": "5"}}
    assert sorted(version(2, new).changed(old)) == ["b", "c", "d"]
    assert version(2, new).after(old, patch).changed(old) == ["b", "c", "d"]
    assert sorted(version(3, new).after(version(2, new), {"data": {}}).changed(old)) == ["b", "c", "d"]
    assert sorted(version(2, {}).after(old, {"data": None}).changed(old)) == ["a", "b", "c"]
    assert version(2, new).after(old, patch).most_bytes >= version(2, new).bytes


def test_a_part_is_the_same_after_a_patch_as_of_an_object_of_its_own() -> None:
    def version(number: int, data: dict[str, str]) -> Frozen:
        return Frozen({"metadata": {"name": "m", "resourceVersion": str(number)}, "data": data})

    def part(thing: Frozen) -> str:
        return thing.of(frozenset(["name"]), frozenset(["c"]), ("a.", "b."))

    thing = version(1, {"b.2": "2", "a.1": "1", "c": "3"})
    for patch in ({"a.0": "0", "b.2": "4", "b.1": "5"}, {"b.1": None}, {"b.1": "6", "a.9": "7", "c": "8"}):
        part(thing)
        new = merging.patched(thing.value, {"data": patch})
        thing = Frozen(new).after(thing, {"data": patch})
        assert part(thing) == part(Frozen(new))
    assert json.loads(part(thing))["data"] == {
        "a.0": "0",
        "a.1": "1",
        "a.9": "7",
        "b.1": "6",
        "b.2": "4",
        "c": "8",
    }


def test_what_a_patch_adds_is_never_estimated_too_small() -> None:
    parts: list[Any] = [
        "&",
        "<>" * 9,
        None,
        {},
        {"a": "<"},
        {"a": {"b": "&"}, "c": None},
        [{"&": 1}],
        False,
        0.5,
    ]
    wholes = [{"a": one, "<": other} for one in parts for other in parts]
    for old in wholes:
        for patch in wholes:
            new = merging.patched(old, patch)
            assert len(encoded(new).encode()) <= most_bytes(old) + most_more(old, patch)


def test_an_estimate_is_never_too_small_and_an_exact_size_is_exact() -> None:
    texts: list[Any] = ["", "a'b\"c", "<&>", "\u2028\x00\x1f\n\\", "é\U0001f600", "\u200b"]
    values: list[Any] = [{text: text for text in texts}, texts, [None, True, False, 1, -2.5e-9, []]]
    for value in values:
        assert most_bytes(value) >= len(encoded(value).encode())
    plain = {"metadata": {"name": "<m>"}, "data": {"b": "é&"}}
    assert go_bytes(dumped(plain)) == len(
        encoded({"data": {"b": "é&"}, "metadata": {"name": "<m>"}}).encode()
    )
    frozen = Frozen(plain)
    assert frozen.most_bytes > frozen.bytes
    assert frozen.most_bytes == frozen.bytes == go_bytes(frozen.text)
