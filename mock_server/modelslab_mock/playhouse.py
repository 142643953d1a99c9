"""The emulator as a stage for the kit: stories played in this process, without a socket, in tied time.

One emulator, one scope of interception and one of tied time serve a whole sweep; entering them costs more than a story.
Every story gets a key of its own and so a sandbox of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Any, Self

from modelslab_contracts.exchange import Exchange
from modelslab_contracts.kit.stage import MAX_FETCHES, MAX_HOURS, Crowd, Played, Spun, Stopped, Told
from modelslab_contracts.story import Story

from . import steer
from .callers import CameTo, alone, together
from .emulator import VENDOR_HOSTS
from .engine.ids import NO_SANDBOX, sandbox_name
from .log import Log
from .messages import Request
from .serve import make_app
from .settings import make_settings
from .sleepers import Sleepers
from .ways.in_process import InProcess
from .ways.intercept import Interception
from .ways.sandbox_time import SandboxTime
from .ways.tied_time import SPIN_AFTER, TiedTime

if TYPE_CHECKING:
    from .ways.courier import InProcessCourier

#: What clients are given to ask: the vendor's former origin, so that those with a host of their own are met as well, and told
#: apart from those that go where they are told.
BASE_URL = "https://stablediffusionapi.com"
_HOST = BASE_URL.partition("://")[2]
#: A host that is met too and is nobody's API: a public bucket. Redirects to another host lead there.
ELSEWHERE = "https://elsewhere.r2.dev"
#: What the client's clock shows when the first story begins.
BEGAN = 1_800_000_000.0
#: Sandboxes that are kept: those of the stories just played.
_SANDBOXES = 8
_SPIN = (
    "the client polled {} times while its clock stood still: it sleeps by {}, which the kit cannot see; "
    "sleep by time.sleep, asyncio.sleep or threading's waits"
)
#: Polls before the last of these, in which is looked at what the client waits by.
_WATCHED = 10
Act = Callable[[str, str], Any]


class InProcessStage:
    """See the kit's Stage. Not for two threads at once; a client may use as many as it likes."""

    def __init__(self, *, seed: int = 0, profile: str = "documented", webhooks: bool = False) -> None:
        settings = make_settings(
            {
                "quiet": True,
                "clock": "frozen",
                "profile": profile,
                "max_sandboxes": str(_SANDBOXES),
                "max_exchanges": str(4 * MAX_FETCHES),
            },
            {},
        )
        self._app = make_app(settings, seed=seed, origin=ELSEWHERE, started=BEGAN, log=Log("text", True))
        self._seed = seed
        self._plays = 0
        self._names: tuple[str, ...] = (NO_SANDBOX,)
        self._blocked_s = 0.0
        self._heard: list[tuple[str, int, float]] = []
        self._began = BEGAN
        self._trouble = ""
        self._app.store.told = self._told
        self._settings = settings
        self._webhooks = webhooks
        self._courier: InProcessCourier | None = None
        self._callers: set[int] = set()
        self._sleepers = Sleepers()
        self._scope = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as scope:
            self._callers = set()
            if self._webhooks:
                from .ways.courier import InProcessCourier

                self._courier = scope.enter_context(InProcessCourier(self._app, self._settings, Log("text", True)))
                way = self._courier.way(before=self._before)
                self._clock = self._courier.time(lambda: self._names, BEGAN)
            else:
                way = InProcess(self._app, before=self._before)
                self._clock = SandboxTime(self._app, lambda: self._names, BEGAN)
            self._tied = TiedTime(
                self._clock,
                on_spin=self._spin,
                spin_after=SPIN_AFTER - _WATCHED,
                on_block=self._block,
                on_endless=self._endless,
            )
            scope.enter_context(self._tied)
            scope.enter_context(Interception(way))
            self._scope = scope.pop_all()
        return self

    def __exit__(self, *problem: object) -> None:
        self._scope.close()

    def play(self, story: Story, act: Act) -> Played:
        """See Stage."""
        return self.play_to(story, act, Crowd())

    def play_to(self, story: Story, act: Act, crowd: Crowd) -> Played:
        """See CrowdedStage."""
        keys = self._raise_curtain(story, 1 + len(crowd.later))
        asks = [partial(self._ask, act, each) for each in keys]
        came = together(asks, self._clock.now, crowd) if crowd.later else [alone(asks[0], self._clock.now, crowd.left_after)]
        self._sleepers.stop()
        if self._courier is not None:
            self._courier.settle()
        first, *others = map(self._played, keys, came)
        return first._replace(others=tuple(others))

    def _ask(self, act: Act, key: str) -> Any:
        self._callers.add(get_ident())
        return act(BASE_URL, key)

    def _played(self, key: str, came: CameTo) -> Played:
        name = sandbox_name(key)
        trouble = self._trouble or came.trouble
        return Played(
            name, _HOST, key, self._journal(name), came.result, came.raised, self._began, came.ended, trouble,
            came.is_async, self._blocked_s, (), VENDOR_HOSTS - {_HOST}, tuple(self._sent_to(name)),
        )  # fmt: skip

    def _sent_to(self, name: str) -> Iterator[Told]:
        """The webhooks that were sent for this caller."""
        for each in self._app.store.outbox(name) if self._courier is not None else ():
            if each.attempts:
                yield Told(each.due_at, each.job_id, each.answer, each.fate, each.attempts[-1].status, each.body)

    def _raise_curtain(self, story: Story, callers: int) -> list[str]:
        """Fresh sandboxes whose clocks show the client's time, with the story set, one for each caller."""
        now = self._clock.now()
        self._plays += 1
        keys = [f"kit-{self._seed}-{self._plays:06d}-{0x0123456789ABCDEF + each:016x}" for each in range(callers)]
        self._names = tuple(map(sandbox_name, keys))
        self._trouble, self._heard, self._blocked_s = "", [], 0.0
        self._began = now
        self._clock.advance_to(now)
        for key in keys:
            steer.queue_story(self._app, key, story)
        return keys

    def _told(self, name: str, events: Sequence[object]) -> None:
        for each in events:
            if isinstance(each, Exchange):
                self._heard.append((name, each.n, self._clock.now()))

    def _journal(self, whose: str) -> tuple[Exchange, ...]:
        """The exchanges of one caller in their order, at the client's time. What was recorded in nobody's sandbox is the first
        caller's.
        """
        store, kept = self._app.store, dict[tuple[str, int], Exchange]()
        first: dict[str, int] = {}
        others = {*self._names} - {whose} if whose == self._names[0] else {each for each, _, _ in self._heard} - {whose}
        heard = [each for each in self._heard if each[0] not in others]
        for name, n, _ in heard:
            first.setdefault(name, n)
        for name, n in first.items():
            kept |= {(name, each.n): each for each in store.journal(name).find(lambda _: True, since=n - 1)}
        return tuple(kept[name, n]._replace(at=at) for name, n, at in heard if (name, n) in kept)

    def _before(self, _: Request) -> None:
        self._tied.polled()
        spent = self._clock.now() - self._began
        if (len(self._heard) >= MAX_FETCHES and spent > 0) or spent > MAX_HOURS * 3600:
            raise Stopped

    def _endless(self) -> None:
        if get_ident() in self._callers:
            raise Stopped

    def _block(self, seconds: float) -> None:
        self._blocked_s = max(self._blocked_s, seconds)

    def _spin(self, polls: int) -> None:
        if polls < SPIN_AFTER:
            self._sleepers.watch()
            return
        self._trouble = _SPIN.format(polls, " and ".join(self._sleepers.stop()) or "nothing, or something")
        raise Spun
