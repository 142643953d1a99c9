"""The time of a client that is another process: it stands in a file, and whoever sleeps asks for it to move.

A client's sleep is a question ("may it be three seconds later?"), which is granted when nothing is on its way to it: then
the emulator's clock moves, and with it the client's own, which it reads from the file. So hours take nothing, and what the
client measures agrees with what it was told. A client whose sleeps are real asks nothing; its clock follows the real time.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable
from pathlib import Path

from modelslab_contracts.kit.stage import MAX_HOURS

from ..stage_house import StageHouse
from ..ways.in_process.tied_time import SPIN_AFTER
from ..wire.wall_clock import real_now
from .granted import Granted

#: How the time stands in the file: all of its digits, or who waits for a moment would wait for ever.
FORM = "{!r:<24}\n"
#: Real seconds that a slow answer is held for a client that does not ask whether it may go on.
GRACE_S = 0.025
#: Real seconds after which a question is answered with "ask again", so that nobody waits for what will not come.
_PATIENCE_S = 0.01
#: A client that polled so often, with so much real time in between, while its clock stood still, sleeps in real time.
_REAL_GAPS = 2
_REAL_GAP_S = 2.0


class Timekeeper:
    """The clock of the story that is played. All but `now` is for the server's loop.

    `over` says why a story has to be ended from outside: stopped, spun or slept; "" while it need not.
    """

    def __init__(self, house: StageHouse, file: Path, is_tied: Callable[[], bool]) -> None:
        self._house = house
        self._is_tied = is_tied
        self._fd = os.open(file, os.O_WRONLY | os.O_CREAT, 0o644)
        self._open = False
        self._held: list[tuple[float, asyncio.Future[None]]] = []
        self._ahead = 0.0  # of the real time, for clients whose sleeps are real
        self._polls, self._at, self._asked_at, self._gaps = 0, 0.0, 0.0, 0
        self.answers = 0
        self.working = 0
        self.over = ""
        self.alive_at = real_now()
        self.now = house.clock.now()
        self._show()

    def close(self) -> None:
        """The end of the stage."""
        os.close(self._fd)

    def begin(self) -> None:
        """A story begins, at the time that is."""
        self.over, self._open = "", True
        self._polls = self._gaps = 0
        self.alive_at = self._asked_at = real_now()
        self._ahead = self.now - real_now()

    def end(self) -> None:
        """The story is over: no straggler moves the time of the next one."""
        self._follow()
        self._open = False
        for _, reply in self._held:
            if not reply.done():
                reply.set_result(None)
        self._held.clear()

    def asked(self) -> None:
        """A request of the client came, and is about to be answered."""
        self._follow()
        self.answers += 1
        real = real_now()
        gap, self._asked_at, self.alive_at = real - self._asked_at, real, real
        if self._at != self.now:
            self._at, self._polls, self._gaps = self.now, 0, 0
        self._polls += 1
        if self._is_tied():
            self._gaps += gap >= _REAL_GAP_S
            self.over = self.over or ("spun" if self._polls >= SPIN_AFTER else "slept" if self._gaps >= _REAL_GAPS else "")
        if not self.over and self._house.is_enough():
            self.over = "stopped"

    def answered(self) -> None:
        """An answer that took a while has left."""
        self.answers += 1

    async def hold(self, seconds: float) -> None:
        """Hold an answer for so many seconds of the client's time."""
        if not self._is_tied():
            await asyncio.sleep(seconds)
            return
        loop = asyncio.get_running_loop()
        due, reply = self.now + seconds, loop.create_future()
        self._held.append((due, reply))
        grace = loop.call_later(GRACE_S, lambda: self._move(due) if not reply.done() else None)
        try:
            await reply
        finally:
            grace.cancel()
            self._held = [each for each in self._held if each[1] is not reply]

    async def sleep(self, seconds: float) -> Granted:
        """Grant a whole sleep."""
        until = self.now + seconds
        while self._open and not self.over and self.now < until:
            await self.ask(until, None)
        return Granted(moved=self._open, now=self.now, answers=self.answers)

    async def ask(self, until: float, seen: int | None) -> Granted:
        """Move to `until`, or to where a held answer is due before; unless answers came since the asker had `seen` so many."""
        self.alive_at = real_now()
        for _ in range(2):  # what was sent before this question is read before it is answered
            await asyncio.sleep(0)
        if not self._open or self.working:
            await asyncio.sleep(_PATIENCE_S)
            return Granted(moved=False, now=self.now, answers=self.answers)
        if seen is not None and seen != self.answers:
            return Granted(moved=False, now=self.now, answers=self.answers)
        self._move(min([until, *(due for due, _ in self._held)]))
        if not self.over and self._house.is_enough():
            self.over = "stopped"
        return Granted(moved=True, now=self.now, answers=self.answers)

    def _follow(self) -> None:
        """A clock whose client sleeps really goes with the real time, from where it stood."""
        if self._open and not self._is_tied():
            self._advance(real_now() + self._ahead)

    def _move(self, moment: float) -> None:
        """The time is another one now; answers that were held until then leave."""
        self._advance(moment)
        self._ahead = max(self._ahead, self.now - real_now())
        for due, reply in self._held:
            if due <= self.now and not reply.done():
                reply.set_result(None)

    def _advance(self, moment: float) -> None:
        if moment <= self.now:
            return
        self._house.clock.advance_to(min(moment, self._house.began + 2 * MAX_HOURS * 3600))
        self.now = self._house.clock.now()
        self._show()

    def _show(self) -> None:
        os.lseek(self._fd, 0, os.SEEK_SET)
        os.write(self._fd, FORM.format(self.now).encode())


def seconds_of(value: object) -> float | None:
    """A number of seconds from outside; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)
