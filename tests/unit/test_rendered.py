"""What was rendered is read as PyYAML reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from depgen import rendered

FILES = sorted((Path(__file__).parents[2] / "examples").glob("*/out/**/*.yaml"))


def test_every_file_of_the_examples_is_read_as_pyyaml_reads_it() -> None:
    assert len(FILES) > 60
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert rendered.objects([text]) == [thing for thing in yaml.safe_load_all(text) if thing], path


@pytest.mark.parametrize(
    "text",
    [
        "{a: 1, b: 0x1f, c: 1.5, d: true, e: null, f: 2026-11-21, '1': \"2\", g: ~}",
        "a: &x [1, {b: c}]\nd: *x\n",
        "a: |\n  b\n  c\n---\n---\nb: !!set {c, d}\n",
    ],
)
def test_what_is_no_text_mapping_or_list_is_left_to_pyyaml(text: str) -> None:
    assert rendered.objects([text]) == [thing for thing in yaml.safe_load_all(text) if thing]
