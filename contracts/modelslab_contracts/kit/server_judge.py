"""A road, judged: every rule of a server whose guard holds, and what of them is broken. One root cause, one finding."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from .road import Road
from .server_rule import Seen, server_rules


class Judgement(NamedTuple):
    """Which rules the road exercised, what it broke, and the findings that another one explains."""

    exercised: frozenset[str]
    findings: tuple[Seen, ...]
    shadows: tuple[Seen, ...]


def judge_road(road: Road, only: Collection[str] | None = None) -> Judgement:
    """Judge a road by every rule, or only by some of them."""
    exercised, found = set[str](), dict[str, list[Seen]]()
    for each in server_rules().values():
        if (only is not None and each.id not in only) or not each.when(road):
            continue
        exercised.add(each.id)
        if seen := [*each.findings(road)]:
            found[each.id] = seen
    causes, shadows = list[Seen](), list[Seen]()
    for id_, seen in found.items():
        is_shadow = any(each in found for each in server_rules()[id_].masked_by)
        (shadows if is_shadow else causes).extend(seen)
    return Judgement(frozenset(exercised), tuple(causes), tuple(shadows))
