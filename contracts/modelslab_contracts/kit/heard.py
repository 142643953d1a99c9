"""One exchange as a client meets it: which call it was, where it went, and what the reply says to whoever reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property, lru_cache
from typing import Any

from ..endpoint import Endpoint
from ..exchange import MASK, Exchange
from ..story import Turn

#: Status words that end a job. With HTTP 200 they are the job's; beyond that the reply is a refusal.
ENDS = ("success", "failed", "error")
#: Refusals that pass: asking again later is right.
PASSING = (408, 425, 429)
#: How exact a date in a header can be.
_DATE_S = 1.0
#: A parameter in a path that was escaped for a pattern.
_IN_PATH = re.compile(r"\\\{[^{}]*\\\}")


@dataclass(frozen=True)
class Heard:
    """An exchange of a run. `call` is submit, fetch, picture or stray (no call of this contract)."""

    exchange: Exchange
    call: str
    turn: Turn

    @property
    def at(self) -> float:
        """When it was asked, on the client's clock."""
        return self.exchange.at

    @cached_property
    def host(self) -> str:
        """The host that was asked, as its header says; "" where headers are not kept."""
        return dict(self.exchange.request_headers).get("host", "").lower()

    @cached_property
    def object(self) -> Mapping[str, Any] | None:
        """The JSON object that was sent, the key in it masked; None for anything else, forms too."""
        try:
            body = json.loads(self.exchange.request_body)
        except ValueError:
            return None
        return body if isinstance(body, dict) else None

    @property
    def sent(self) -> Mapping[str, Any]:
        """The members that were sent as JSON; none for anything else."""
        return self.object or {}

    @cached_property
    def reply(self) -> Mapping[str, Any] | None:
        """The JSON object that came, as the most lenient reader reads it; None when nobody can read it."""
        headers = dict(self.exchange.reply_headers)
        if self.exchange.answer == "reset" or "content-encoding" in headers:
            return None
        raw = self.exchange.reply_body
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
        try:
            body = json.loads(text)
        except ValueError:
            return None
        return body if isinstance(body, dict) else None

    @cached_property
    def says(self) -> str:
        """What the reply amounts to: success, processing, failed or error (with HTTP 200); refused (any other status, with
        the vendor's words); not-found; unknown (a status that no contract has); redirect, reset or garbled.
        """
        exchange = self.exchange
        if exchange.answer in ("reset", "redirect", "garbled"):
            return exchange.answer
        if exchange.reason.startswith("unknown-request") or self.asks_for_no_job:
            return "not-found"
        if not 200 <= exchange.status < 300:  # all is well
            return "refused"
        if self.reply is None:  # the journal has cut it (pictures in the body are long), and knows what it was
            return exchange.answer
        word = self.reply.get("status")
        return word if word in ENDS or word == "processing" else "unknown"

    @property
    def asks_for_no_job(self) -> bool:
        """Whether a fetch asked for a job that its key does not have (and no story pretends so)."""
        return self.exchange.job_id is None and any(each.rule == "route/unknown-job" for each in self.exchange.findings)

    @property
    def ends_the_job(self) -> bool:
        """Whether the reply tells the end of the job."""
        return self.says in ENDS

    @property
    def is_hopeless(self) -> bool:
        """Whether no reader, however lenient, finds an answer in the reply."""
        return self.says == "garbled" and self.reply is None and not self.is_mislabelled

    @property
    def is_mislabelled(self) -> bool:
        """Whether plain bytes call themselves compressed. Libraries that decode refuse them, those that do not look at the
        label read them: both are right.
        """
        return self.says == "garbled" and "content-encoding" in dict(self.exchange.reply_headers)

    @property
    def passes(self) -> bool:
        """Whether the trouble of this reply is of the kind that passes, so that asking again is right."""
        if self.says == "refused":
            return self.exchange.status >= 500 or self.exchange.status in PASSING
        return self.says == "reset" or self.is_hopeless

    @property
    def is_final_refusal(self) -> bool:
        """Whether the reply refuses for good: asking the same again can change nothing."""
        return self.says == "error" or (self.says == "refused" and not self.passes)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The server's own words about what is wrong: texts called message or messege, and those in lists within."""
        found: list[str] = []
        for name in ("message", "messege"):
            held = (self.reply or {}).get(name)
            values = [each for item in held.values() for each in _listed(item)] if isinstance(held, dict) else _listed(held)
            found += [each for each in values if isinstance(each, str) and each]
        return tuple(found)

    @cached_property
    def wait(self) -> float | None:
        """The seconds that a refusal asks to wait, by its header (a number or a date) or its body; None for none."""
        if self.says != "refused":
            return None
        text = dict(self.exchange.reply_headers).get("retry-after", "")
        held = (self.reply or {}).get("retry_after")
        if text.isdigit():
            return float(text)
        if isinstance(held, (int, float)) and not isinstance(held, bool):
            return float(held)
        try:
            return parsedate_to_datetime(text).timestamp() - _DATE_S - self.at
        except ValueError:
            return None

    @property
    def has_key_in_address(self) -> bool:
        """Whether the key stands in the path or the query, where proxies log it."""
        return MASK in self.exchange.query or MASK in self.exchange.path


def heard(exchange: Exchange, endpoint: Endpoint, turn: Turn) -> Heard:
    """An exchange with its call; `turn` is the answer of the story that it met, where that can be told."""
    return Heard(exchange, call_of(exchange, endpoint), turn)


def call_of(exchange: Exchange, endpoint: Endpoint) -> str:
    """Which call of the contract an exchange was: submit, fetch, picture, plain, or stray for none of them."""
    if exchange.answer == "picture" or exchange.method in ("GET", "HEAD"):
        return "picture" if exchange.job_id is not None or exchange.answer == "picture" else "stray"
    for kind, pattern in call_paths(endpoint):
        if pattern.fullmatch(exchange.path):
            return kind
    return "stray"


@lru_cache(maxsize=64)
def call_paths(endpoint: Endpoint) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The kinds of an endpoint's calls, each with a pattern of its path."""
    return tuple((each.kind, re.compile(_IN_PATH.sub("[^/]*", re.escape(each.path)))) for each in endpoint.calls)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
