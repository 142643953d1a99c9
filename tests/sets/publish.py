"""The table of benchmarks/edits.md: what became of every row of edits. `python -m tests.sets.publish > benchmarks/edits.md`."""

from __future__ import annotations

import random
import sys
import warnings
from datetime import UTC, datetime

from .edits import ROWS
from .places import nested
from .trial import Tally

_EDITS, _SAMPLES = 60, 150

_HEAD = """\
# Edits of schemas, row by row

Each row edits a drawn schema in one way, {edits} times, at the root or up to three levels down, a quarter of them inside one of
the five contracts; each edit is judged there and back. What an edit does is not taken from its name: both validators judge the
witness, and {samples} values that a sampler draws from either schema. **wrong** is a verdict that one of these values refutes;
**unproved** is neither proved nor refuted. `make thorough` tries the same and fails on a wrong one; this page is written by
`python -m tests.sets.publish`.
"""


def main() -> None:
    warnings.simplefilter("ignore")
    whole, ours, lines = Tally(), Tally(), []
    for name in ROWS:
        tally = Tally()
        for number in range(_EDITS):
            rng = random.Random(f"{name} {number}")
            tally.try_both_ways(rng, *nested(rng, *ROWS[name](rng)), _SAMPLES)
        for number in range(_EDITS // 3):
            rng = random.Random(f"contract {name} {number}")
            ours.try_both_ways(rng, *nested(rng, *ROWS[name](rng), share=1), 3)
        _add(whole, tally)
        lines.append(f"| {name} | {_cells(tally)} |")
        print(name, file=sys.stderr)
    print(_HEAD.format(edits=_EDITS, samples=_SAMPLES))
    print(f"{datetime.now(tz=UTC):%Y-%m-%d}, {len(ROWS)} rows, {len(ROWS) * _EDITS:,} edits:\n")
    print("| row | verdicts | safe | breaking | unproved | wrong |\n|---|---|---|---|---|---|")
    print(f"| **all** | {_cells(whole)} |\n| **all, inside the five contracts only** | {_cells(ours)} |")
    print("\n".join(lines))


def _add(whole: Tally, tally: Tally) -> None:
    whole.safe += tally.safe
    whole.breaking += tally.breaking
    whole.unproved += tally.unproved
    whole.wrong += tally.wrong


def _cells(tally: Tally) -> str:
    share = f" ({100 * len(tally.unproved) / tally.verdicts:.2f} %)" if tally.unproved else ""
    return f"{tally.verdicts:,} | {tally.safe:,} | {tally.breaking:,} | {len(tally.unproved)}{share} | {len(tally.wrong)}"


if __name__ == "__main__":
    main()
