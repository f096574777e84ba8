"""Values that are shared, and how large they are."""

from __future__ import annotations

from typing import Any

from depgen.emulate.frozen import Frozen, dumped, go_bytes, most_bytes, shared
from depgen.emulate.gojson_text import encoded


def test_equal_parts_are_one_and_the_same_and_others_are_not() -> None:
    known: dict[Any, Any] = {}
    told: list[dict[str, Any]] = [
        {"a": [1, {"b": "c" * 9}], "d": True},
        {"d": {"b": "c" * 9}, "a": [1.5, 1, True, [], {}]},
    ]
    one, other = (shared(value, known) for value in told)
    assert [one, other] == told
    assert one["a"][1] is other["d"]
    assert shared([dict(told[0])], known)[0] is one
    assert shared({"d": 1, "a": 1.0}, known) == {"d": 1, "a": 1.0}
    assert list(shared({"b": 1, "a": 1}, known)) == ["b", "a"]
    assert shared([True, 1, 1.0], known) == shared([True, 1, 1.0], known)
    assert [type(part) for part in shared([1, 1.0, True], known)] == [int, float, bool]


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
