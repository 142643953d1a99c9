"""The words of the alphabet, one row each: what it says in a sentence, an example as JSON and in words, and the client bug
that it exposes. The page docs/stories.md is made from these rows, and every fault of the emulator repeats its row's last part.

Here are those of a job's end and of its webhook, and all of them together.
"""

from __future__ import annotations

from collections.abc import Mapping

from .story_shape_words import PICTURES, SHAPES
from .story_turn_words import (
    ANSWERS,
    FETCH_ANSWERS,
    FETCH_RESULTS,
    GARBLED,
    HTTP,
    OPTIONS,
    REDIRECTS,
    RESETS,
    RETRY_AFTER_AS,
    SPELLINGS,
    TARGETS,
)
from .story_word import Word

ENDS: Mapping[str, Word] = {
    "success": Word("the job ends well", {"ends": "success"}, "ends=success", "report a success as a failure"),
    "empty": Word(
        "the job ends well and without a picture", {"ends": "empty"}, "ends=empty", "poll on, or crash, when output is empty"
    ),
    "failed": Word("the job ends in failed", {"ends": "failed"}, "ends=failed", "poll on after failed, or call it a success"),
    "error": Word("the job ends in an error", {"ends": "error"}, "ends=error", "lose the server's message when a job fails"),
    "http": Word("the job ends in HTTP 500", {"ends": 500}, "ends=500", "fold every failed fetch into 'still pending'"),
    "unknown-status": Word(
        "the job ends in a status that nobody knows",
        {"ends": "unknown-status"},
        "ends=unknown-status",
        "wait without a deadline for a status that they do not know to go away",
    ),
    "never": Word("the job never ends", {"ends": "never"}, "ends=never", "have no deadline"),
}
WEBHOOKS: Mapping[str, Word] = {
    fate: Word(says, {"webhook": fate}, f"webhook={fate}", exposes)
    for fate, (says, exposes) in {
        "none": ("no webhook is sent", "wait for a webhook alone, though generation webhooks are best effort"),
        "once": ("the webhook is sent once", "forget the job when its call comes"),
        "twice": ("the webhook is sent twice", "count, save or charge a job twice"),
        "before-reply": ("the webhook comes before the reply", "learn a job's id only from the reply"),
        "late": ("the webhook comes late", "forgot the job, or take a second result for a new one"),
        "lost": ("the webhook is lost", "have no fetch to fall back on"),
        "failed": ("the webhook says failed", "read only `output`, and wait or crash"),
        "foreign": ("the webhook speaks of another job", "believe any id or track_id"),
    }.items()
}
PLAIN_ELEMENTS: Mapping[str, Word] = {
    "eta": Word("the job takes 4.5 s", {"eta": 4.5}, "eta=4.5", "fetch before the time that they were told"),
    "polls": Word("3 fetches say processing", {"polls": 3}, "polls=3", "return after a fixed number of fetches"),
    "message": Word(
        "the text is 'out of paint'",
        {"ends": "failed", "message": "out of paint"},
        "ends=failed message='out of paint'",
        "replace the server's words by their own",
    ),
    "nsfw": Word("the pictures are flagged", {"nsfw": True}, "nsfw", "return blank pictures without a word"),
}
#: Every row of the alphabet by its element and word.
ALPHABET: Mapping[str, Mapping[str, Word]] = {
    "submit": {
        **ANSWERS,
        **{f"http {status}": row for status, row in HTTP.items()},
        **{f"retry_after ({how})": row for how, row in RETRY_AFTER_AS.items()},
        **{f"spelling: {spelling}": row for spelling, row in SPELLINGS.items()},
        "text": OPTIONS["text"],
        **{f"garbled: {kind}": row for kind, row in GARBLED.items()},
        **{f"reset: {kind}": row for kind, row in RESETS.items()},
        **{f"redirect: {status}": row for status, row in sorted(REDIRECTS.items())},
        **{f"to: {target}": row for target, row in TARGETS.items()},
        "slow": OPTIONS["slow"],
    },
    "eta": {"seconds": PLAIN_ELEMENTS["eta"]},
    "polls": {
        "number": PLAIN_ELEMENTS["polls"],
        **FETCH_ANSWERS,
        "eta": OPTIONS["eta"],
        **{f"fetch_result: {which}": row for which, row in FETCH_RESULTS.items()},
        "output: partial": OPTIONS["output"],
    },
    "ends": ENDS,
    "message": {"text": PLAIN_ELEMENTS["message"]},
    "nsfw": {"flag": PLAIN_ELEMENTS["nsfw"]},
    "shape": {f"{part}: {value}": row for part, rows in SHAPES.items() for value, row in rows.items()},
    "pictures": PICTURES,
    "webhook": WEBHOOKS,
}
