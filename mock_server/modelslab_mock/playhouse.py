"""The emulator as a stage for the kit: stories played in this process, without a socket, in tied time.

One emulator, one scope of interception and one of tied time serve a whole sweep; entering them costs more than a story.
Every story gets a key of its own and so a sandbox of its own.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, Self

from modelslab_contracts.exchange import Exchange
from modelslab_contracts.kit.stage import MAX_FETCHES, MAX_HOURS, Played, Spun, Stopped
from modelslab_contracts.story import Story

from . import steer
from .engine.ids import NO_SANDBOX, sandbox_name
from .log import Log
from .messages import Request
from .serve import make_app
from .settings import make_settings
from .ways.in_process.answering import InProcess
from .ways.in_process.intercept import Interception
from .ways.in_process.sandbox_time import SandboxTime
from .ways.in_process.tied_time import TiedTime

#: What clients are given for the vendor's own origin, so that those with a fixed host and those with a setting meet here.
BASE_URL = "https://modelslab.com"
#: A host that is met too and is nobody's API: a public bucket. Redirects to another host lead there.
ELSEWHERE = "https://elsewhere.r2.dev"
#: What the client's clock shows when the first story begins.
BEGAN = 1_800_000_000.0
#: Sandboxes that are kept: those of the stories just played.
_SANDBOXES = 4
_SPIN = (
    "the client polled {} times while its clock stood still: it sleeps by something that the kit cannot see; "
    "sleep by time.sleep, asyncio.sleep or threading's waits"
)
_WITHIN_A_LOOP = (
    "a coroutine cannot be run within a running event loop: call check_client outside of it, or in asyncio.to_thread"
)


class InProcessStage:
    """See the kit's Stage. Not for two threads at once; a client may use as many as it likes."""

    def __init__(self, *, seed: int = 0, profile: str = "documented") -> None:
        settings = make_settings(
            {
                "quiet": True,
                "clock": "frozen",
                "profile": profile,
                "public_base_url": BASE_URL,
                "max_sandboxes": str(_SANDBOXES),
                "max_exchanges": str(4 * MAX_FETCHES),
            },
            {},
        )
        self._app = make_app(settings, seed=seed, origin=ELSEWHERE, started=BEGAN, log=Log("text", True))
        self._seed = seed
        self._plays = 0
        self._name = NO_SANDBOX
        self._heard: list[tuple[str, int, float]] = []
        self._began = BEGAN
        self._trouble = ""
        self._app.store.told = self._told
        self._clock = SandboxTime(self._app, lambda: (self._name,), BEGAN)
        self._tied = TiedTime(self._clock, on_spin=self._spin)
        self._scope = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as scope:
            scope.enter_context(self._tied)
            scope.enter_context(Interception(InProcess(self._app, before=self._before)))
            self._scope = scope.pop_all()
        return self

    def __exit__(self, *problem: object) -> None:
        self._scope.close()

    def play(self, story: Story, act: Callable[[str, str], Any]) -> Played:
        """See Stage."""
        key = self._raise_curtain(story)
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
        ended = self._clock.now()
        host = BASE_URL.partition("://")[2]
        return Played(self._name, host, key, self._journal(), result, raised, self._began, ended, self._trouble)

    def _raise_curtain(self, story: Story) -> str:
        """A fresh sandbox whose clock shows the client's time, with the story set."""
        now = self._clock.now()
        self._plays += 1
        key = f"kit-{self._seed}-{self._plays:06d}-0123456789abcdef"
        self._name, self._trouble, self._heard = sandbox_name(key), "", []
        self._began = now
        self._clock.advance_to(now)
        steer.queue_story(self._app, key, story)
        return key

    def _told(self, name: str, events: Sequence[object]) -> None:
        for each in events:
            if isinstance(each, Exchange):
                self._heard.append((name, each.n, self._clock.now()))

    def _journal(self) -> tuple[Exchange, ...]:
        """The exchanges of this story in their order, whichever sandbox they were recorded in, at the client's time."""
        store, kept = self._app.store, dict[tuple[str, int], Exchange]()
        first: dict[str, int] = {}
        for name, n, _ in self._heard:
            first.setdefault(name, n)
        for name, n in first.items():
            kept |= {(name, each.n): each for each in store.journal(name).find(lambda _: True, since=n - 1)}
        return tuple(kept[name, n]._replace(at=at) for name, n, at in self._heard if (name, n) in kept)

    def _before(self, _: Request) -> None:
        self._tied.polled()
        spent = self._clock.now() - self._began
        if (len(self._heard) >= MAX_FETCHES and spent > 0) or spent > MAX_HOURS * 3600:
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
