"""One clock per sandbox, as a value: mode, anchors, factor. It never runs; it is asked with the real time in hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Mode = Literal["real", "scaled", "frozen", "auto"]
#: In `auto`, how far before its next event a job's first fetch moves the clock, in seconds.
JUST_BEFORE_S = 0.001


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of a sandbox. At the real second `real_anchor` it showed `anchor`; `factor` is its pace in `scaled`.

    `real` runs with the real time, by which it is ahead as far as `anchor` is of `real_anchor` (not at all, unless it
    was a clock of another mode that had been moved on); `frozen` and `auto` stand still until moved.
    """

    mode: Mode = "real"
    real_anchor: float = 0.0
    anchor: float = 0.0
    factor: float = 1.0

    def now(self, real_now: float) -> float:
        """What the clock shows when the real time is `real_now` (seconds since 1970)."""
        if self.mode == "real":
            ahead = self.anchor - self.real_anchor
            # The sum alone could be a hair before the anchor, and a job that has ended would be processing again.
            return real_now if not ahead else max(self.anchor, real_now + ahead)
        if self.mode == "scaled":
            return self.anchor + (real_now - self.real_anchor) * self.factor
        return self.anchor

    def moved_to(self, moment: float, real_now: float) -> Clock:
        """The clock after it was moved to `moment`, never backwards. A real clock cannot be moved: it is returned as it is."""
        if self.mode == "real":
            return self
        return replace(self, anchor=max(moment, self.now(real_now)), real_anchor=real_now)

    def in_mode_of(self, other: Clock, real_now: float) -> Clock:
        """The clock, running from now on as `other` does: from what it shows, so never backwards.

        A clock that becomes `real` shows the real time at least; one that is ahead of it stays ahead.
        """
        shown = self.now(real_now)
        return replace(other, anchor=max(shown, real_now) if other.mode == "real" else shown, real_anchor=real_now)

    def real_seconds_until(self, moment: float, real_now: float) -> float | None:
        """Real seconds until the clock shows `moment`; None when it will not by itself."""
        if self.mode in ("frozen", "auto"):
            return 0.0 if moment <= self.anchor else None
        return max(0.0, moment - self.now(real_now)) / (self.factor if self.mode == "scaled" else 1.0)


def clock_from_text(text: str, real_now: float) -> Clock:
    """The clock that `real`, `scaled:20`, `frozen` or `auto` describes. Raises ValueError with a sentence."""
    mode, _, given = text.partition(":")
    if mode == "scaled":
        try:
            factor = float(given or "20")
        except ValueError:
            factor = 0.0
        if not 0 < factor <= 1_000_000:
            raise ValueError(f"clock {text!r}: scaled needs a factor above 0, as in scaled:20")
        return Clock("scaled", real_now, real_now, factor)
    if given or mode not in ("real", "frozen", "auto"):
        raise ValueError(f"clock {text!r} is not one of real, scaled:FACTOR, frozen, auto")
    return Clock(mode, real_now, real_now)  # type: ignore[arg-type] # checked on the line above
