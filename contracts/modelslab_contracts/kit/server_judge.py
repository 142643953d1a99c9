"""A road, judged: every rule of a server whose guard holds, and what of them is broken."""

from __future__ import annotations

from collections.abc import Collection

from .judgement import Judgement, judgement_of
from .road import Road
from .server_rule import Seen, server_rules


def judge_road(road: Road, only: Collection[str] | None = None) -> Judgement[Seen]:
    """Judge a road by every rule, or only by some of them."""
    exercised, found = set[str](), dict[str, list[Seen]]()
    for each in server_rules().values():
        if (only is not None and each.id not in only) or not each.when(road):
            continue
        exercised.add(each.id)
        if seen := [*each.findings(road)]:
            found[each.id] = seen
    return judgement_of(server_rules(), exercised, found)
