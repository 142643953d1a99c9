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
_SANDBOXES = 4


class StageHouse:
    """An emulator with the story that is played in it. `base_url` is what clients are given; `elsewhere` is another host."""

    def __init__(self, *, seed: int, profile: str, base_url: str, elsewhere: str, spec: Sequence[str] = ()) -> None:
        self.settings = make_settings(
            {
                "quiet": True,
                "clock": "frozen",
                "profile": profile,
                "spec": list(spec),
                "public_base_url": base_url,
                "max_sandboxes": str(_SANDBOXES),
                "max_exchanges": str(4 * MAX_FETCHES),
            },
            {},
        )
        self.log = Log("text", True)
        self.app = make_app(self.settings, seed=seed, origin=elsewhere, started=BEGAN, log=self.log)
        self.host = base_url.partition("://")[2]
        self.name = NO_SANDBOX
        self.began = BEGAN
        self._seed = seed
        self._plays = 0
        self._heard: list[tuple[str, int, float]] = []
        self.app.store.told = self._told
        self.clock = SandboxTime(self.app, lambda: (self.name,), BEGAN)

    def raise_curtain(self, story: Story) -> str:
        """The key of a fresh sandbox whose clock shows the client's time, with the story set."""
        now = self.clock.now()
        self._plays += 1
        key = f"kit-{self._seed}-{self._plays:06d}-0123456789abcdef"
        self.name, self._heard = sandbox_name(key), []
        self.began = now
        self.clock.advance_to(now)
        steer.queue_story(self.app, key, story)
        return key

    def journal(self) -> tuple[Exchange, ...]:
        """The exchanges of this story in their order, whichever sandbox they were recorded in, at the client's time."""
        store, kept = self.app.store, dict[tuple[str, int], Exchange]()
        first: dict[str, int] = {}
        for name, n, _ in self._heard:
            first.setdefault(name, n)
        for name, n in first.items():
            kept |= {(name, each.n): each for each in store.journal(name).find(lambda _: True, since=n - 1)}
        return tuple(kept[name, n]._replace(at=at) for name, n, at in self._heard if (name, n) in kept)

    def is_enough(self) -> bool:
        """Whether the client had so many fetches or hours that it will never end by itself."""
        spent = self.clock.now() - self.began
        return (len(self._heard) >= MAX_FETCHES and spent > 0) or spent > MAX_HOURS * 3600

    def _told(self, name: str, events: Sequence[object]) -> None:
        for each in events:
            if isinstance(each, Exchange):
                self._heard.append((name, each.n, self.clock.now()))
