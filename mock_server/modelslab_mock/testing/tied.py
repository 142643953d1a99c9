"""The time of a test's process, tied to the clock of its emulator."""

from __future__ import annotations

import logging
from typing import Self

from ..ways.in_process.tied_time import SPIN_AFTER, TiedTime, TiedTimeError
from .near import Clockface
from .problems import ClientSpinsError, MockServerError, MockServerFailure

#: A client that has swallowed so many failures in a row hears of it in a way that no `except Exception` catches.
_SWALLOWED = 100


class Ties:
    """A scope of tied time that notices a client which polls and polls while no time passes.

    `spun` says so in a sentence, once it happened.
    """

    def __init__(self, time: Clockface) -> None:
        self._tied = TiedTime(time, on_spin=self._spins)
        self.spun = ""

    def __enter__(self) -> Self:
        try:
            self._tied.__enter__()
        except TiedTimeError as problem:
            raise MockServerError(f"{problem}; or leave the clocks alone with tied=False") from None
        except ImportError:  # there is none for PyPy
            raise MockServerError(
                "time cannot be tied without the package time-machine; leave it alone with tied=False"
            ) from None
        logging.getLogger("asyncio").addFilter(_is_no_complaint_of_slowness)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("asyncio").removeFilter(_is_no_complaint_of_slowness)
        self._tied.__exit__(None, None, None)

    def polled(self) -> None:
        """The client asked the emulator something."""
        __tracebackhide__ = True
        self._tied.polled()

    def _spins(self, polls: int) -> None:
        __tracebackhide__ = True
        self.spun = (
            f"the client fetched {SPIN_AFTER} times in a row while no time passed: it polls without a pause that is tied "
            "(time.sleep, asyncio.sleep, a wait with a time-out), so nothing that it waits for can come. Let it sleep between "
            "two polls, move the clock with .clock.advance(seconds), or let time run by itself with tied=False, clock='real'"
        )
        raise ClientSpinsError(self.spun) if polls >= SPIN_AFTER + _SWALLOWED else MockServerFailure(self.spun)


def _is_no_complaint_of_slowness(record: logging.LogRecord) -> bool:
    """A loop in its debug mode (IsolatedAsyncioTestCase) calls a step slow that held a fetch which moved the clock."""
    return not (isinstance(record.msg, str) and record.msg.startswith("Executing %s took"))
