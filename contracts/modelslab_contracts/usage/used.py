"""One recorded call under both versions of the document that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ..exchange import KEPT_BYTES, Exchange
from ..findings import Finding
from .service import At, Service

REFUSED, ACCEPTED, ANSWER = "usage/refused-now", "usage/accepted-now", "usage/answer-not-allowed-now"


class Couple(NamedTuple):
    """Two versions of one document, as servers."""

    old: Service
    new: Service


@dataclass(frozen=True)
class Used:
    """A recorded call of OLD, under both versions. `new_at` is None where NEW has no such call."""

    file: str
    exchange: Exchange
    couple: Couple
    old_at: At
    new_at: At | None

    @cached_property
    def before(self) -> tuple[Finding, ...]:
        """Why OLD refuses the request."""
        return self.couple.old.request_problems(self.old_at, self.exchange)

    @cached_property
    def after(self) -> tuple[Finding, ...]:
        """Why NEW refuses the request."""
        if self.new_at is None:
            gone = f"{self.exchange.method} {self.old_at.path}, which is gone"
            return (Finding(REFUSED, "", "a call of the new version", gone, ""),)
        return self.couple.new.request_problems(self.new_at, self.exchange)

    @property
    def has_moved(self) -> bool:
        """Whether NEW has the call at another address."""
        return self.new_at is not None and not self.couple.new.is_at(self.new_at, self.couple.old, self.old_at)

    @property
    def change(self) -> str:
        """The row of what became of the request; "" where nothing did."""
        return "" if bool(self.before) == bool(self.after) else ACCEPTED if self.before else REFUSED

    @cached_property
    def no_longer(self) -> tuple[Finding, ...]:
        """Why NEW does not allow the answer that OLD does."""
        if self.new_at is None or not self.exchange.reply_body or len(self.exchange.reply_body) >= 0.9 * KEPT_BYTES:
            return ()
        if self.couple.old.answer_problems(self.old_at, self.exchange):
            return ()
        return self.couple.new.answer_problems(self.new_at, self.exchange)
