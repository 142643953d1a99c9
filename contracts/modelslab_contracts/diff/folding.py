"""Many findings of one kind in one place as one line, for people; programs get each of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..findings import Finding

#: From so many on they are told of together.
_LEAST = 3
#: Row, what its findings have to have become to be folded ("" for whatever), the sentence for several fields.
_SEVERAL = (
    ("diff/request-field-ignored", "", "{n} fields are not spoken of any more: {names}"),
    ("diff/response-field-unspoken", "", "{n} fields are not spoken of any more: {names}"),
    ("diff/request-field-added", "", "{n} fields were not spoken of: {names}"),
    ("diff/response-field-optional", "not spoken of", "{n} fields that always came are gone: {names}"),
    ("diff/response-field-optional", "optional", "{n} fields that always came may be missing: {names}"),
    ("diff/certainty-changed", "", "the certainty of {n} fields is another: {names}"),
    ("diff/assumption-changed", "", "what is assumed of {n} fields is something else: {names}"),
    ("diff/dialect-changed", "", "{n} fields come in another dialect only, or no longer in one only: {names}"),
    ("diff/literal-changed", "", "{n} fields always have another text: {names}"),
)
_PLACE = re.compile(r"(?P<file>.+?):(?P<line>[0-9]+) (?P<position>.+) (?P<at>/\S+)")


def folded(found: Iterable[Finding]) -> list[Finding]:
    """The findings, several of one kind in one object as one, which stands where the first of them stood."""
    listed = list(found)
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for each in listed:
        if key := _key(each):
            groups.setdefault(key, []).append(each)
    return list(_folded(listed, {key: group for key, group in groups.items() if len(group) >= _LEAST}))


def _folded(listed: list[Finding], groups: dict[tuple[str, ...], list[Finding]]) -> Iterator[Finding]:
    for each in listed:
        key = _key(each)
        group = groups.get(key) if key else None
        if key is None or group is None:
            yield each
        elif each is group[0]:
            yield _as_one(group, key[-1])


def _key(finding: Finding) -> tuple[str, ...] | None:
    """What findings that are told of together have in common; the last is their sentence."""
    place = _PLACE.fullmatch(finding.where)
    for rule, became, says in _SEVERAL:
        if place and finding.rule == rule and became in ("", finding.got):
            return rule, place["file"], place["position"], place["at"].rpartition("/")[0], says
    return None


def _as_one(group: list[Finding], says: str) -> Finding:
    first, place = group[0], _PLACE.fullmatch(group[0].where)
    assert place is not None
    names = dict.fromkeys(each.where.rpartition("/")[2].replace("~1", "/").replace("~0", "~") for each in group)
    where = f"{place['file']}:{place['line']} {place['position']} {place['at'].rpartition('/')[0]}".rstrip()
    hint = first.hint if len({each.hint for each in group}) == 1 else f"the first: {first.hint}"
    return first._replace(where=where, expected="", got=says.format(n=len(names), names=", ".join(names)), hint=hint)
