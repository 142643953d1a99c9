"""The closed `x-mock` vocabulary: what our contracts say beyond OpenAPI.

Twelve words, scalar or flat values, no expressions. Adding a thirteenth needs a written reason here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .nearest import did_you_mean

CERTAINTIES = ("stated", "example", "observed", "assumed")

#: What `from` can name beside the fields of the order. Whoever fills the answers is tested against this.
FACTS: Mapping[str, tuple[str, ...]] = {
    "job": (
        "id", "eta", "fetch_url", "file_name", "file_prefix", "first_link", "future_links", "future_proxy_links",
        "generation_time", "links", "message", "meta", "nsfw", "prompt", "proxy_links", "seed",
    ),
    "situation": ("text", "tip", "retry_after"),
    "account": ("queue_num", "queue_time"),
}  # fmt: skip

#: word -> (what it means, the check its value must pass, how a right value looks)
WORDS: dict[str, tuple[str, Any, str]] = {}


def _word(name: str, meaning: str, check: Any, form: str) -> None:
    WORDS[name] = (meaning, check, form)


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value))


_word("source", "which page, heading or parameter makes this promise", _text, "a text")
_word("certainty", "how sure we are", lambda v: v in CERTAINTIES, "one of " + ", ".join(CERTAINTIES))
_word("assumed", "the keywords of this schema that no page states", _texts, "a list of keywords")
_word("why", "the reason for what is assumed", _text, "a text")
_word(
    "profile",
    "the only dialect in which this answer field is sent",
    lambda v: v in ("documented", "observed"),
    "documented or observed",
)
_word("above-maximum", "what happens to a number above `maximum`", lambda v: v in ("cap", "refuse"), "cap or refuse")
_word(
    "excused",
    "values that break this schema but that the page's own samples send",
    lambda v: isinstance(v, list),
    "a list of values",
)
_word("appends", "what a flag, when on, appends to the prompt", _text, "a text")
_word(
    "from",
    "what fills this answer field: order.FIELD, job.FACT, account.FACT or situation.FACT",
    lambda v: _text(v) and v.partition(".")[0] in ("order", *FACTS) and v.count(".") == 1,
    "SPACE.NAME",
)
_word(
    "file-name",
    "how picture files are named: {prefix} and {index}",
    lambda v: _text(v) and "{prefix}" in v and "{index}" in v,
    "a text with {prefix} and {index}",
)
_word("selected-by", "the field and pattern that choose this contract where two share a URL",
      lambda v: isinstance(v, dict) and len(v) == 1 and _text(next(iter(v.values()))), "one field: pattern")  # fmt: skip
_word("also-in", "where else the parameters may come from when the body is empty", lambda v: v == "query", "query")


def problem_with(words: object) -> str | None:
    """What is wrong with the value of an `x-mock`, as one sentence; None when all is well."""
    if not isinstance(words, Mapping):
        return "x-mock must be a mapping of words"
    for word, value in words.items():
        if word not in WORDS:
            return f"unknown x-mock word {word!r}{did_you_mean(str(word), WORDS)}"
        _, check, form = WORDS[word]
        if not check(value):
            return f"x-mock word {word!r} must be {form}"
    return None
