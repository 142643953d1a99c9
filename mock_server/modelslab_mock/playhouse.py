"""The emulator as a stage for the kit: stories played in this process, without a socket, in tied time.

One emulator, one scope of interception and one of tied time serve a whole sweep; entering them costs more than a story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Any, Self

from modelslab_contracts.kit.stage import Crowd, Played, Spun, Stopped, Told
from modelslab_contracts.story import Story

from .emulator import VENDOR_HOSTS
from .engine.ids import sandbox_name
from .messages import Request
from .sleepers import Sleepers
from .stage_house import BEGAN, StageHouse
from .ways.in_process.answering import InProcess
from .ways.in_process.callers import CameTo, alone, together
from .ways.in_process.intercept import Interception
from .ways.in_process.sandbox_time import SandboxTime
from .ways.in_process.tied_time import SPIN_AFTER, TiedTime

if TYPE_CHECKING:
    from .ways.in_process.courier import InProcessCourier

#: What clients are given to ask: the vendor's former origin, so that those with a host of their own are met as well, and told
#: apart from those that go where they are told.
BASE_URL = "https://stablediffusionapi.com"
#: A host that is met too and is nobody's API: a public bucket. Redirects to another host lead there.
ELSEWHERE = "https://elsewhere.r2.dev"
_SPIN = (
    "the client polled {} times while its clock stood still: it sleeps by {}, which the kit cannot see; "
    "sleep by time.sleep, asyncio.sleep or threading's waits"
)
#: Polls before the last of these, in which is looked at what the client waits by.
_WATCHED = 10
Act = Callable[[str, str], Any]


class InProcessStage:
    """See the kit's CrowdedStage. Not for two threads at once; a client may use as many as it likes.

    `webhooks` are sent only where they are asked for: to a receiver of the client's own, on loopback.
    """

    def __init__(self, *, seed: int = 0, profile: str = "documented", spec: Sequence[str] = (), webhooks: bool = False) -> None:
        self._house = StageHouse(
            seed=seed, profile=profile, base_url=BASE_URL, elsewhere=ELSEWHERE, spec=spec, links_to_host=True
        )
        self._webhooks = webhooks
        self._courier: InProcessCourier | None = None
        self._callers: set[int] = set()
        self._sleepers = Sleepers()
        self._trouble = ""
        self._blocked_s = 0.0
        self._scope = ExitStack()

    def __enter__(self) -> Self:
        house = self._house
        with ExitStack() as scope:
            self._callers = set()
            if self._webhooks:
                from .ways.in_process.courier import InProcessCourier

                self._courier = scope.enter_context(InProcessCourier(house.app, house.settings, house.log))
                way = self._courier.way(before=self._before)
                house.clock = self._courier.time(lambda: house.names, BEGAN)
            else:
                way = InProcess(house.app, before=self._before)
                house.clock = SandboxTime(house.app, lambda: house.names, BEGAN)
            self._tied = TiedTime(
                house.clock,
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
        self._trouble, self._blocked_s = "", 0.0
        keys, now = self._house.raise_curtains(story, 1 + len(crowd.later)), self._house.clock.now
        asks = [partial(self._ask, act, each) for each in keys]
        came = together(asks, now, crowd) if crowd.later else [alone(asks[0], now, crowd.left_after)]
        self._sleepers.stop()
        if self._courier is not None:
            self._courier.settle()
        first, *others = map(self._played, keys, came)
        return first._replace(others=tuple(others))

    def _ask(self, act: Act, key: str) -> Any:
        self._callers.add(get_ident())
        return act(BASE_URL, key)

    def _played(self, key: str, came: CameTo) -> Played:
        house, name = self._house, sandbox_name(key)
        return Played(
            name, house.host, key, house.journal(name), came.result, came.raised, house.began, came.ended,
            self._trouble or came.trouble, came.is_async, self._blocked_s, (), VENDOR_HOSTS - {house.host},
            tuple(self._sent_to(name)),
        )  # fmt: skip

    def _sent_to(self, name: str) -> Iterator[Told]:
        """The webhooks that were sent for this caller."""
        for each in self._house.app.store.outbox(name) if self._courier is not None else ():
            if each.attempts:
                yield Told(each.due_at, each.job_id, each.answer, each.fate, each.attempts[-1].status, each.body)

    def _before(self, _: Request) -> None:
        self._tied.polled()
        if self._house.is_enough():
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
