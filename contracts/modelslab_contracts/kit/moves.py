"""Moves: one row per word of the alphabet, which puts that word into a story that is being made.

A move that would contradict an earlier one (a picture that is gone, of a job that failed), or say otherwise what was said
already, does nothing: what is drawn is always a story in which every word has its say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..story_shape import Fate
from ..story_turns import Turn
from ..story_words import ALPHABET, WEBHOOKS
from .chance import Chance, lean, one_in, pick
from .draft import Draft, Lack
from .turns import AT_FETCH, FAULTS, SAID, SAYS_MORE, SECONDS

_MOST_ATTEMPTS = 6
_MOST_NAMES = 3
_COUNTS: Sequence[int] = (1, 2, 3, 0, 4, 6, 10, 25)
_ENDS = (500, 502, 503, 404, 429, 400, 401, 403, 422, 524)
_GONE = (404, 404, 410, 500, 503)
#: Parts of the shape that only the answer to an order that is queued has, only that to one that is finished at once, and only
#: those with pictures.
_WHEN_QUEUED = ("eta", "fetch_id")
_AT_ONCE = ("nsfw",)
_WITH_PICTURES = ("output", "proxy_links", "base64")
_NAMES = ("queue_position", "gpu_time", "message_id", "_links", "größe", "x" * 100)


Move = Callable[[Draft, Chance], None]


def _attempt(word: str) -> Move:
    def move(draft: Draft, chance: Chance) -> None:
        if len(draft.attempts) < _MOST_ATTEMPTS:
            draft.attempts.append(FAULTS[word](chance))

    return move


def _poll(draw: Callable[[Chance], Turn]) -> Move:
    def move(draft: Draft, chance: Chance) -> None:
        if draft.queue():
            draft.polls.append(draw(chance))

    return move


def _says_more(word: str) -> Move:
    def move(draft: Draft, chance: Chance) -> None:
        if draft.taken is None and draft.queue():
            draft.taken = SAYS_MORE[word](chance)

    return move


def _default(draft: Draft, chance: Chance) -> None:
    refusals = draft.of("submit", "unavailable", "rate-limited", "http 502")
    if refusals and not draft.queued and not draft.at_once and draft.go_well():
        draft.attempts.append(FAULTS[pick(chance, refusals)](chance))


def _success(draft: Draft, _: Chance) -> None:
    draft.finish()


def _processing(draft: Draft, _: Chance) -> None:
    draft.queue()


def _number(draft: Draft, chance: Chance) -> None:
    if draft.number is None and draft.queue():
        draft.number = lean(chance, _COUNTS)


def _eta(draft: Draft, chance: Chance) -> None:
    if "eta" not in draft.elements and draft.queue():
        draft.elements["eta"] = lean(chance, SECONDS)


def _ends(word: str) -> Move:
    def move(draft: Draft, chance: Chance) -> None:
        if word == "success":
            draft.queue()
        elif "ends" not in draft.elements and not draft.well and draft.queue():
            draft.elements["ends"] = lean(chance, _ENDS) if word == "http" else word

    return move


def _message(draft: Draft, chance: Chance) -> None:
    ends = draft.elements.get("ends")
    lost = [ends] if ends else draft.of("ends", "failed", "error")
    if (
        "message" not in draft.elements
        and ends not in ("never", "unknown-status", "empty")
        and lost
        and not draft.well
        and draft.queue()
    ):
        draft.elements |= {"ends": pick(chance, lost), "message": lean(chance, SAID)}


def _nsfw(draft: Draft, chance: Chance) -> None:
    if "nsfw" not in draft.elements and draft.go_well():
        draft.elements["nsfw"] = not one_in(chance, 4)
        draft.finish()  # where it still can be: that is when most answers speak of it


def _names(part: str) -> Move:
    def move(draft: Draft, chance: Chance) -> None:
        lacks = draft.lacks if part != "add" else [Lack(each) for each in _NAMES]
        if not lacks:
            return
        for _ in range(1 + chance.below(_MOST_NAMES)):
            drawn = pick(chance, lacks)
            held = draft.shape.get(part, ())
            if drawn.name not in held and (part == "add" or draft.go(drawn.when)):
                draft.shape[part] = (*held, drawn.name)

    return move


def _part(part: str, word: str) -> Move:
    when = "processing" if part in _WHEN_QUEUED else "success" if part in _AT_ONCE else ""

    def move(draft: Draft, _: Chance) -> None:
        if part not in draft.shape and (draft.go_well() if part in _WITH_PICTURES else draft.go(when)):
            draft.shape[part] = word

    return move


def _fate(word: str) -> Move:
    def move(draft: Draft, chance: Chance) -> None:
        room = draft.pictures - len(draft.fates)
        if word == "ok":  # there, and another one is not
            gone = draft.of("pictures", "404", "403")
            if room > 1 and gone and draft.go_well():
                draft.fates += [Fate(), _fate_of(pick(chance, gone), chance)]
        elif room > 0 and draft.go_well():
            draft.fates += [Fate()] * chance.below(room) + [_fate_of(word, chance)]
            if word == "mirror":
                draft.finish()  # where it still can be: some pages name mirrors only then

    return move


def _fate_of(word: str, chance: Chance) -> Fate:
    if word.isdigit():
        return Fate("http", http=403 if word == "403" else pick(chance, _GONE))
    if word in ("expires", "slow"):
        return Fate(word, seconds=lean(chance, (60, 5, 1, 0, 3_600, 86_400) if word == "expires" else SECONDS[:7]))
    return Fate(word)


def _webhook(fate: str) -> Move:
    def move(draft: Draft, _: Chance) -> None:
        if draft.elements.get("webhook", "once") == "once" and fate != "once":
            draft.elements["webhook"] = fate
            draft.is_taken = True

    return move


#: By element, as in `story.ELEMENTS`, and word. A new word is a new row here; the test of the alphabet demands it.
MOVES: Mapping[str, Mapping[str, Move]] = {
    "submit": {
        "processing": _processing,
        "success": _success,
        **{word: _says_more(word) for word in SAYS_MORE},
        **{word: _attempt(word) for word in FAULTS},
        "default": _default,
    },
    "eta": {"seconds": _eta},
    "polls": {
        "number": _number,
        **{word: _poll(draw) for word, draw in {**AT_FETCH, **SAYS_MORE, **FAULTS}.items()},
    },
    "ends": {word: _ends(word) for word in ALPHABET["ends"]},
    "message": {"text": _message},
    "nsfw": {"flag": _nsfw},
    "shape": {
        each: _names(part) if part in ("drop", "null", "add") else _part(part, word)
        for each in ALPHABET["shape"]
        for part, _, word in [each.partition(": ")]
    },
    "pictures": {word: _fate(word) for word in ALPHABET["pictures"]},
    "webhook": {fate: _webhook(fate) for fate in WEBHOOKS},
}
