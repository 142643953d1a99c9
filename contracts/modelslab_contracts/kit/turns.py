"""Turns as they are drawn: one row per word that an answer to a submit or to a fetch can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..situations import CAN_BE_ASKED
from ..story_turn_words import FETCH_RESULTS, HTTP, RETRY_AFTER_AS, SPELLINGS, TARGETS
from ..story_turns import KINDS, PLAIN_TURN, Turn
from .chance import Chance, lean, pick

Draw = Callable[[Chance], Turn]
#: Seconds that something takes, from ordinary ones to a day; what no client should believe is a word of `shape`.
SECONDS: Sequence[float] = (2, 1, 4.5, 5, 7.5, 0.5, 10, 0, 30, 60, 300, 3_600, 86_400)
#: Texts of refusals and failures: none that a client could have thought of itself.
SAID: Sequence[str] = (
    "Out of paint",
    "GPU 7 has left the building",
    "Das Öl ist alle",
    "絵の具がありません",
    "no paint\u2028and no brush 🎨",
    'the "easel" fell over, 100% {broken}',
    "x" * 1_000,
)
_LISTS = (
    {"prompt": ["The prompt field is required."]},
    {"width": ["The width field must be an integer."], "height": ["Out of paint"]},
    {"key": ["Out of paint", "GPU 7 has left the building"]},
)
_WAITS = (5, 1, 2, 30, 0, 120)


def _literal(status: int) -> Draw:
    return lambda _: Turn(http=status)


def _word(word: str) -> Draw:
    return lambda _: Turn(word)


def _wait(how: str) -> Draw:
    return lambda chance: Turn(http=pick(chance, (429, 503)), retry_after=pick(chance, _WAITS), retry_after_as=how)


def _spelled(spelling: str) -> Draw:
    return lambda chance: Turn("error", http=pick(chance, (None, 200, 400, 500)), spelling=spelling, text=lean(chance, SAID))


def _lists(chance: Chance) -> Turn:
    return Turn("error", http=pick(chance, (None, 200, 400, 422)), text=pick(chance, _LISTS))


def _garbled(kind: str) -> Draw:
    # A page of HTML comes from a gateway that failed more often than from a server that went well.
    statuses = (502, None, 503) if kind == "html" else (None, None, 500)
    return lambda chance: Turn("garbled", kind=kind, http=pick(chance, statuses))


def _broken_off(kind: str) -> Draw:
    return lambda _: Turn("reset", kind=kind)


def _led(status: int) -> Draw:
    return lambda _: Turn("redirect", kind=status)


def _led_to(target: str) -> Draw:
    return lambda chance: Turn("redirect", kind=pick(chance, tuple(KINDS["redirect"])), to=target)


def _leading(which: str) -> Draw:
    return lambda _: Turn("processing", fetch_result=which)


#: Refusals and faults, which may stand at a submit and at a fetch, under the names of their rows in the alphabet.
FAULTS: Mapping[str, Draw] = {
    **{word: _word(word) for word in CAN_BE_ASKED},
    **{f"http {status}": _literal(status) for status in HTTP},
    **{f"retry_after ({how})": _wait(how) for how in RETRY_AFTER_AS},
    **{f"spelling: {spelling}": _spelled(spelling) for spelling in SPELLINGS},
    "text": _lists,
    **{f"garbled: {kind}": _garbled(kind) for kind in KINDS["garbled"]},
    **{f"reset: {kind}": _broken_off(kind) for kind in KINDS["reset"]},
    **{f"redirect: {status}": _led(status) for status in KINDS["redirect"]},
    **{f"to: {target}": _led_to(target) for target in TARGETS},
}
#: What a processing answer says besides, at a submit and at a fetch.
SAYS_MORE: Mapping[str, Draw] = {
    **{f"fetch_result: {which}": _leading(which) for which in FETCH_RESULTS},
    "output: partial": lambda _: Turn("processing", output="partial"),
    "slow": lambda chance: Turn("processing", slow=lean(chance, SECONDS[:7])),
}
#: Answers that only a fetch can get.
AT_FETCH: Mapping[str, Draw] = {
    "processing": _word("processing"),
    "unknown-status": lambda chance: Turn(
        "unknown-status", status=pick(chance, ("queued", "Processing", "SUCCESS", "completed", "", None, "in_progress"))
    ),
    "not-found": _word("not-found"),
    "eta": lambda chance: Turn("processing", eta=lean(chance, SECONDS)),
}


def words_of_turn(turn: Turn) -> list[str]:
    """The words of the alphabet that a turn departs from the plain one with."""
    bare = turn._replace(slow=None)
    words = [] if bare == PLAIN_TURN else _words_of(bare)
    if turn.slow is None:
        return words
    return ["slow"] if words == ["processing"] else [*words, "slow"]


def _words_of(turn: Turn) -> list[str]:
    """The most special word of a refusal or fault, or everything that a processing answer says besides."""
    if turn.to != "same-host":
        return [f"to: {turn.to}"]
    if turn.fault:
        return [f"{turn.fault[0]}: {turn.fault[1]}"]
    if turn.retry_after is not None or turn.retry_after_as != "both":
        return [f"retry_after ({turn.retry_after_as})"]
    if isinstance(turn.text, Mapping):
        return ["text"]
    if turn.spelling:
        return [f"spelling: {turn.spelling}"]
    if turn.word == "default" and turn.http is not None:
        return [f"http {turn.http}"]
    more = [f"{part}: {held}" for part in ("fetch_result", "output") if (held := getattr(turn, part))]
    return [*more, "eta"] if turn.eta is not None else more or [turn.word]
