"""The emulator as a stage for the kit: stories played in this process, without a socket, in tied time.

One emulator, one scope of interception and one of tied time serve a whole sweep; entering them costs more than a story.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, Self

from modelslab_contracts.kit.stage import Played, Spun, Stopped
from modelslab_contracts.story import Story

from .messages import Request
from .stage_house import StageHouse
from .ways.in_process.answering import InProcess
from .ways.in_process.intercept import Interception
from .ways.in_process.tied_time import TiedTime

#: What clients are given for the vendor's own origin, so that those with a fixed host and those with a setting meet here.
BASE_URL = "https://modelslab.com"
#: A host that is met too and is nobody's API: a public bucket. Redirects to another host lead there.
ELSEWHERE = "https://elsewhere.r2.dev"
_SPIN = (
    "the client polled {} times while its clock stood still: it sleeps by something that the kit cannot see; "
    "sleep by time.sleep, asyncio.sleep or threading's waits"
)
_WITHIN_A_LOOP = (
    "a coroutine cannot be run within a running event loop: call check_client outside of it, or in asyncio.to_thread"
)


class InProcessStage:
    """See the kit's Stage. Not for two threads at once; a client may use as many as it likes."""

    def __init__(self, *, seed: int = 0, profile: str = "documented", spec: Sequence[str] = ()) -> None:
        self._house = StageHouse(seed=seed, profile=profile, base_url=BASE_URL, elsewhere=ELSEWHERE, spec=spec)
        self._trouble = ""
        self._tied = TiedTime(self._house.clock, on_spin=self._spin)
        self._scope = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as scope:
            scope.enter_context(self._tied)
            scope.enter_context(Interception(InProcess(self._house.app, before=self._before)))
            self._scope = scope.pop_all()
        return self

    def __exit__(self, *problem: object) -> None:
        self._scope.close()

    def play(self, story: Story, act: Callable[[str, str], Any]) -> Played:
        """See Stage."""
        house, self._trouble = self._house, ""
        key = house.raise_curtain(story)
        result, raised = None, None
        try:
            result = act(BASE_URL, key)
            if inspect.iscoroutine(result) and _is_within_a_loop():
                result.close()
                self._trouble = _WITHIN_A_LOOP
            elif inspect.isawaitable(result):
                result = asyncio.run(_awaited(result))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as problem:  # noqa: BLE001 # whatever a client raises is what it came to
            raised = problem
        ended = house.clock.now()
        return Played(house.name, house.host, key, house.journal(), result, raised, house.began, ended, self._trouble)

    def _before(self, _: Request) -> None:
        self._tied.polled()
        if self._house.is_enough():
            raise Stopped

    def _spin(self, polls: int) -> None:
        self._trouble = _SPIN.format(polls)
        raise Spun


def _is_within_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _awaited(result: Any) -> Any:
    return await result
