"""What every stage of the emulator has: a house with the story's sandbox, a clock for the client, and what was heard.

Every story gets a key of its own and so a sandbox of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from modelslab_contracts.exchange import Exchange
from modelslab_contracts.kit.stage import MAX_FETCHES, MAX_HOURS
from modelslab_contracts.story import Story

from . import steer
from .engine.ids import NO_SANDBOX, sandbox_name
from .log import Log
from .serve import make_app
from .settings import make_settings
from .ways.in_process.sandbox_time import SandboxTime

#: What the client's clock shows when the first story begins.
BEGAN = 1_800_000_000.0
#: Sandboxes that are kept: those of the stories just played.
_SANDBOXES = 8
#: Judged is what the journal holds, and an answer may be a whole picture in base64.
_KEPT_BYTES = 2**20


class StageHouse:
    """An emulator with the story that is played in it. `base_url` is what clients are given; `elsewhere` is another host.
    With `links_to_host`, links stand on the host that an order asked, in place of `base_url`.
    """

    def __init__(
        self, *, seed: int, profile: str, base_url: str, elsewhere: str, spec: Sequence[str] = (), links_to_host: bool = False
    ) -> None:
        self.settings = make_settings(
            {
                "quiet": True,
                "clock": "frozen",
                "profile": profile,
                "spec": list(spec),
                **({} if links_to_host else {"public_base_url": base_url}),
                "max_sandboxes": str(_SANDBOXES),
                "max_exchanges": str(4 * MAX_FETCHES),
            },
            {},
        )
        self.log = Log("text", True)
        self.app = make_app(self.settings, seed=seed, origin=elsewhere, started=BEGAN, log=self.log, kept_bytes=_KEPT_BYTES)
        self.host = base_url.partition("://")[2]
        self.names: tuple[str, ...] = (NO_SANDBOX,)
        self.began = BEGAN
        self._seed = seed
        self._plays = 0
        self._heard: list[tuple[str, int, float]] = []
        self.app.store.told = self._told
        self.clock = SandboxTime(self.app, lambda: self.names, BEGAN)

    @property
    def name(self) -> str:
        """The sandbox of the first caller."""
        return self.names[0]

    def raise_curtain(self, story: Story) -> str:
        """The key of a fresh sandbox whose clock shows the client's time, with the story set."""
        return self.raise_curtains(story, 1)[0]

    def raise_curtains(self, story: Story, callers: int) -> list[str]:
        """The same for several callers at once, each with a key and a sandbox of its own."""
        now = self.clock.now()
        self._plays += 1
        keys = [f"kit-{self._seed}-{self._plays:06d}-{0x0123456789ABCDEF + each:016x}" for each in range(callers)]
        self.names, self._heard = tuple(map(sandbox_name, keys)), []
        self.began = now
        self.clock.advance_to(now)
        for key in keys:
            steer.queue_story(self.app, key, story)
        return keys

    def journal(self, whose: str = "") -> tuple[Exchange, ...]:
        """The exchanges of one caller (the first one) in their order, at the client's time. What was recorded in nobody's
        sandbox is the first caller's.
        """
        store, kept = self.app.store, dict[tuple[str, int], Exchange]()
        first: dict[str, int] = {}
        whose = whose or self.name
        others = {*self.names} - {whose} if whose == self.name else {each for each, _, _ in self._heard} - {whose}
        heard = [each for each in self._heard if each[0] not in others]
        for name, n, _ in heard:
            first.setdefault(name, n)
        for name, n in first.items():
            kept |= {(name, each.n): each for each in store.journal(name).find(lambda _: True, since=n - 1)}
        return tuple(kept[name, n]._replace(at=at) for name, n, at in heard if (name, n) in kept)

    def is_enough(self) -> bool:
        """Whether the client had so many fetches or hours that it will never end by itself."""
        spent = self.clock.now() - self.began
        return (len(self._heard) >= MAX_FETCHES and spent > 0) or spent > MAX_HOURS * 3600

    def _told(self, name: str, events: Sequence[object]) -> None:
        for each in events:
            if isinstance(each, Exchange):
                self._heard.append((name, each.n, self.clock.now()))
