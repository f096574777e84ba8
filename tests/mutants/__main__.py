"""`python -m tests.mutants`: break every rule, and print how many are noticed and which are not.

`--of decide` breaks programs of one kind only, `--like TEXT` rules that hold a text: for whoever writes the scenario that
is missing.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser

from tests.mutants.run import DECIDING, LEAST, judge_all
from tests.mutants.trial import KINDS


def main() -> int:
    """0 if enough mutants of the deciding programs are noticed."""
    parser = ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument(
        "--of", action="append", choices=KINDS, help="programs of this kind; all, if left out"
    )
    parser.add_argument("--like", default="", help="rules that hold this text")
    parser.add_argument("--workers", type=int, help="how many processes; one a processor, if left out")
    asked = parser.parse_args()
    tally = judge_all(asked.of or KINDS, asked.like, asked.workers)
    for kind in KINDS:
        all_of = [mutant for mutant in tally.noticed if mutant.kind == kind]
        survivors = tally.survivors([kind])
        if all_of:
            print(f"{kind}: {len(all_of) - len(survivors)} of {len(all_of)} mutants noticed")
    for mutant in tally.survivors(KINDS):
        print(f"  nobody noticed {mutant.kind}: {mutant.rule}")
    share = tally.share(DECIDING)
    print(f"of the programs that decide {share:.1%} were noticed; at least {LEAST:.0%} have to be")
    return 0 if share >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
