"""The audit says what it found, and what it could not ask."""

from __future__ import annotations

from typing import Any

from tests.house.audit import verdict


def test_a_vulnerable_package_is_told_with_the_version_that_is_not() -> None:
    packages: list[dict[str, Any]] = [
        {
            "name": "jinja2",
            "version": "3.1.0",
            "vulns": [{"id": "CVE-2024-22195", "fix_versions": ["3.1.3"]}],
        },
        {"name": "typer", "version": "0.29.2", "vulns": []},
    ]
    assert verdict(packages) == ("jinja2 3.1.0: CVE-2024-22195, fixed in 3.1.3\n2 packages were audited", 1)


def test_packages_that_nobody_knows_of_are_not_passed_over_in_silence() -> None:
    packages = [{"name": "typer", "skip_reason": "not found"}, {"name": "depgen", "skip_reason": "editable"}]
    assert verdict(packages) == ("1 packages were not audited (not found)", 0)
