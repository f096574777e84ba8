"""`python -m tests.mutants`: break every rule, and print how many are noticed and which are not."""

from __future__ import annotations

import sys

from tests.mutants.run import DECIDING, LEAST, judge_all
from tests.mutants.trial import KINDS


def main() -> int:
    """0 if enough mutants of the deciding programs are noticed."""
    tally = judge_all()
    for kind in KINDS:
        all_of = [mutant for mutant in tally.noticed if mutant.kind == kind]
        survivors = tally.survivors([kind])
        print(f"{kind}: {len(all_of) - len(survivors)} of {len(all_of)} mutants noticed")
    for mutant in tally.survivors(KINDS):
        print(f"  nobody noticed {mutant.kind}: {mutant.rule}")
    share = tally.share(DECIDING)
    print(f"of the programs that decide {share:.1%} were noticed; at least {LEAST:.0%} have to be")
    return 0 if share >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
