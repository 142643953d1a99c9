"""The table of benchmarks/careful.md: how quiet the kit is, and how often each rule was exercised meanwhile.

`python -m tests.liars.publish > benchmarks/careful.md`
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from typing import NamedTuple

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.check_client import dealt
from modelslab_contracts.kit.rules import client_rules
from modelslab_contracts.kit.sweep import Player, Swept, sweep
from modelslab_mock.playhouse import InProcessStage

from .quiet import AT_LEAST, CAREFUL, ENDPOINTS, STORIES, to_exercise

_HEAD = f"""\
# The careful clients, and how often each rule was exercised

Seven right clients (`tests/liars/careful*.py`), {STORIES:,} drawn stories each on each of the five endpoints. **findings** must
be 0: whatever the kit says of them is false. A rule that was never exercised proves nothing, so every must and should rule
that applies must have judged at least {AT_LEAST} times; **rarest** is the one that did least often. `make thorough` tries the
same and fails on a finding or a rarer rule; this page is written by `python -m tests.liars.publish`.
"""


class Row(NamedTuple):
    """What one careful client came to on one endpoint."""

    name: str
    kind: str
    played: int
    findings: int
    exercised: dict[str, int]


def row(kind: str, name: str) -> Row:
    """One careful client, played to on one endpoint."""
    make, does, _ = CAREFUL[kind]
    contract = endpoints()[name]
    with InProcessStage(webhooks=does.webhooks) as stage:
        swept: Swept = sweep(Player(make(contract), contract, stage, does), dealt(contract, STORIES, 0, "documented", does))
    print(f"{name}, {kind}: {dict(swept.broken)}", file=sys.stderr)
    findings = sum(swept.broken.values()) + sum(swept.trouble.values()) + len(swept.unsteady)
    return Row(name, kind, swept.played, findings, {rule: swept.exercised[rule] for rule in to_exercise(kind, name)})


def page(rows: list[Row], today: date) -> Iterator[str]:
    """The page, line by line."""
    total = sum(each.played for each in rows)
    yield f"{_HEAD}\n{today}, {total:,} stories, {len(client_rules())} rules:\n"
    yield "| endpoint | client | stories | findings | must and should rules that apply | rarest | times |"
    yield "|---|---|---|---|---|---|---|"
    for each in rows:
        times, rarest = min((count, rule) for rule, count in each.exercised.items())
        applied = len(each.exercised)
        yield f"| {each.name} | {each.kind} | {each.played:,} | {each.findings} | {applied} | `{rarest}` | {times} |"
    yield "\n## Rule by rule\n"
    yield "**fewest** is among the clients and endpoints that a rule applies to, **all** the sum over all of them.\n"
    yield "| rule | level | applies to | fewest | with | all |\n|---|---|---|---|---|---|"
    for rule in client_rules().values():
        if where := [(each.exercised[rule.id], each.name, each.kind) for each in rows if rule.id in each.exercised]:
            fewest, name, kind = min(where)
            counts = f"{len(where)} of {len(rows)} | {fewest:,} | {name}, {kind} | {sum(each[0] for each in where):,}"
            yield f"| `{rule.id}` | {rule.level} | {counts} |"


def main() -> None:
    pairs = [(kind, name) for name in ENDPOINTS for kind in CAREFUL]
    with ProcessPoolExecutor(2) as pool:
        rows = list(pool.map(row, *zip(*pairs, strict=True)))
    sys.stdout.write("\n".join(page(rows, datetime.now(tz=UTC).date())) + "\n")


if __name__ == "__main__":
    main()
