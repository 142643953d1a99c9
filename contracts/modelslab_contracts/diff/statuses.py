"""The statuses of two versions of a call in pairs: a status is found in a range, and in `default` where no range has it."""

from __future__ import annotations

from collections.abc import Iterator


def statuses(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    """What a status of `old` is called in `new`; "" on one side where only the other has it.

    A range that `new` splits into statuses is met in those, so it is not gone; a range that is new to it may bring further
    ones. The one success that is gone and the one that is new are the same answer under another status.
    """
    pairs = [(each, each if each in new else _cover(each, new)) for each in old]
    pairs += [(_cover(each, old), each) for each in new if each not in old]
    split = {was for was, became in pairs if became and _is_range(was)}
    gone = [was for was, became in pairs if not became and is_success(was)]
    come = [became for was, became in pairs if not was and is_success(became)]
    swapped = gone[0] if len(gone) == len(come) == 1 and not _is_range(gone[0]) and not _is_range(come[0]) else ""
    for was, became in pairs:
        if swapped and was == swapped:
            yield was, come[0]
        elif not (swapped and became == come[0] and not was) and not (was in split and not became):
            yield was, became


def is_success(status: str) -> bool:
    """Whether a status, or range of them, is no refusal."""
    return bool(status) and status[:1] in "23"


def _cover(status: str, among: list[str]) -> str:
    """The range among others that holds a status, else `default`; a range is in nothing."""
    if _is_range(status) or status == "default":
        return ""
    ranges = [each for each in among if _is_range(each) and each[:1] == status[:1]]
    return ranges[0] if ranges else "default" if "default" in among else ""


def _is_range(status: str) -> bool:
    return status[1:].upper() == "XX"
