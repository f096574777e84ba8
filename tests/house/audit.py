"""`python -m tests.house.audit`: known vulnerabilities of the installed packages; exit code 1 if there are any.

Whether a package is vulnerable is known to PyPI, not to this repository, and another answer may come tomorrow. So this
is no part of `make check`. Behind a mirror that does not pass such questions on, pip-audit finds nothing and is content;
this says instead that nothing was audited.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any

Package = Mapping[str, Any]


def main() -> int:
    """Ask, and tell."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--skip-editable",
        "--format",
        "json",
        "--progress-spinner",
        "off",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        print(f"nothing was audited: pip-audit could not ask ({reason})")
        return 0
    text, code = verdict(packages)
    print(text)
    return code


def verdict(packages: Iterable[Package]) -> tuple[str, int]:
    """What to say, and the exit code. `packages`: as in the JSON of pip-audit."""
    known = [p for p in packages if "skip_reason" not in p]
    skipped = [p for p in packages if "skip_reason" in p and "editable" not in p["skip_reason"]]
    lines = [
        f"{p['name']} {p['version']}: {v['id']}, fixed in {', '.join(v['fix_versions']) or 'no version'}"
        for p in known
        for v in p["vulns"]
    ]
    if skipped:
        lines.append(f"{len(skipped)} packages were not audited ({skipped[0]['skip_reason']})")
    if known:
        lines.append(f"{len(known)} packages were audited")
    return "\n".join(lines), int(any(p["vulns"] for p in known))


if __name__ == "__main__":
    sys.exit(main())
