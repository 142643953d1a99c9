"""The ways to hand over a client: a Python function, an adapter that speaks lines of JSON, a command for each picture."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, Self

from modelslab_contracts.kit.run import PLAIN_PROMPT, Capabilities
from modelslab_contracts.kit.stage import Crowd, CrowdedStage, Gone, NeverRan, NotJudged, Played, Stage
from modelslab_contracts.place import Place
from modelslab_contracts.story import Story

from ..handed.adapter import Adapter
from ..handed.doors import Door, Loopback
from ..handed.one_shot import OneShot
from ..handed.program_stage import ProgramStage, plain_request
from ..playhouse import InProcessStage
from .callable_at import place_of_callable


class Hand(Protocol):
    """A client that was handed over. `words` are those of the command line that name it, `last` those that stand at its end.

    `ways_out` is what else would make its check faster, as the end of a sentence; `unmet` is what to do where it calls nothing
    that is met; `home` is where it is written, if known.
    """

    words: Sequence[str]
    last: Sequence[str]
    ways_out: str
    unmet: str
    home: Place | None
    generate: Callable[..., Any]

    def capabilities(self, asked: Capabilities) -> Capabilities:
        """What it does at all, given what the command line says."""

    def stage(self, endpoint: str, seed: int, profile: str, spec: Sequence[str] = ()) -> Stage:
        """A stage for it."""

    def is_seen_first(self) -> bool:
        """Whether it is to be called once before anything is judged: to hear of it, and whether it works at all."""

    def close(self) -> None:
        """Nothing more is asked of it."""


#: What the command line may say beside an adapter's hello.
_ALSO = ("downloads", "webhooks", "retries", "flags", "files")
_UNLED = "a program that has https://modelslab.com written into it is checked with --exec"
_UNMET = "it was to ask https://modelslab.com or MODELSLAB_BASE_URL: docs/exec.md says which programs cannot be led"


class Function:
    """A Python function, in this process."""

    last: Sequence[str] = ()
    ways_out = ""
    unmet = (
        "requests, httpx, aiohttp, urllib3 and urllib are met in this process (docs/in-process.md); a client that asks by "
        "other means is handed over as a program: check-client --exec -- COMMAND"
    )

    def __init__(self, target: str, generate: Callable[..., Any]) -> None:
        self.words: Sequence[str] = (target,)
        self.home = place_of_callable(generate)
        self.generate = generate
        self._listens = False

    def capabilities(self, asked: Capabilities) -> Capabilities:
        """See Hand."""
        self._listens = asked.webhooks
        return asked

    def stage(self, endpoint: str, seed: int, profile: str, spec: Sequence[str] = ()) -> Stage:  # noqa: ARG002 # it is told with each call
        """See Hand."""
        return InProcessStage(seed=seed, profile=profile, spec=spec, webhooks=self._listens)

    def is_seen_first(self) -> bool:
        """See Hand."""
        return False

    def close(self) -> None:
        """See Hand."""


class AnAdapter:
    """A long-lived program. Its hello says what it does at all; the command line, that it does more, or does not poll."""

    last: Sequence[str] = ()
    ways_out = ""
    home: Place | None = None

    def __init__(self, command: str, environment: Mapping[str, str], tell: Callable[[str], None], door: Door) -> None:
        self.words: Sequence[str] = ("--adapter", command)
        self._adapter = Adapter(shlex.split(command), environment)
        self._tell = tell
        self._door = door
        self.unmet = _UNLED if isinstance(door, Loopback) else _UNMET
        self.generate = self._adapter.call

    def capabilities(self, asked: Capabilities) -> Capabilities:
        """See Hand."""
        told = self._adapter.hello.capabilities
        also = {name: getattr(told, name) or getattr(asked, name) for name in _ALSO}
        return replace(told, polls=told.polls and asked.polls, defaults={**told.defaults, **asked.defaults}, **also)

    def stage(self, endpoint: str, seed: int, profile: str, spec: Sequence[str] = ()) -> Stage:
        """See Hand."""
        self._adapter.endpoint = endpoint
        return ProgramStage(self._adapter, self._tell, seed=seed, profile=profile, door=self._door, spec=spec)

    def is_seen_first(self) -> bool:
        """See Hand."""
        return True

    def close(self) -> None:
        """See Hand."""
        self._door.close()


class ACommand:
    """A command that is run for each picture."""

    words: Sequence[str] = ()
    home: Place | None = None
    ways_out = "; an adapter, which is started once and not for each picture (docs/adapters)"

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], tell: Callable[[str], None], door: Door) -> None:
        self.last: Sequence[str] = ("--", *command)
        self._command = OneShot(command, environment)
        self._tell = tell
        self._door = door
        self.unmet = _UNLED if isinstance(door, Loopback) else _UNMET
        self.generate = self._command.call

    def capabilities(self, asked: Capabilities) -> Capabilities:
        """See Hand."""
        return replace(asked, exact_integers=False)

    def stage(self, endpoint: str, seed: int, profile: str, spec: Sequence[str] = ()) -> Stage:
        """See Hand."""
        self._command.endpoint = endpoint
        return ProgramStage(self._command, self._tell, seed=seed, profile=profile, door=self._door, spec=spec)

    def is_seen_first(self) -> bool:
        """See Hand."""
        return True

    def close(self) -> None:
        """See Hand."""
        self._door.close()


class Watched:
    """A stage on which somebody looks: `after(played, seconds)` hears of every story, and how long it really took."""

    def __init__(self, stage: Stage, after: Callable[[Played, float], None], clock: Callable[[], float]) -> None:
        self._stage = stage
        self._after = after
        self._clock = clock

    def __enter__(self) -> Self:
        self._stage.__enter__()
        return self

    def __exit__(self, *problem: object) -> None:
        self._stage.__exit__(*problem)

    def play(self, story: Story, act: Callable[[str, str], Any]) -> Played:
        """See Stage."""
        began = self._clock()
        played = self._stage.play(story, act)
        self._after(played, self._clock() - began)
        return played


class WatchedCrowd(Watched):
    """The same for a stage with room for several callers; what is played to them is no story of its own."""

    def __init__(self, stage: CrowdedStage, after: Callable[[Played, float], None], clock: Callable[[], float]) -> None:
        super().__init__(stage, after, clock)
        self._room = stage

    def play_to(self, story: Story, act: Callable[[str, str], Any], crowd: Crowd) -> Played:
        """See CrowdedStage."""
        return self._room.play_to(story, act, crowd)


def watched(stage: Stage, after: Callable[[Played, float], None], clock: Callable[[], float]) -> Watched:
    """A stage on which somebody looks, with as much room as it has."""
    return WatchedCrowd(stage, after, clock) if isinstance(stage, CrowdedStage) else Watched(stage, after, clock)


def seen_first(hand: Hand, endpoint: str = "", *, spec: Sequence[str] = ()) -> Played:
    """What the client does when it is asked for the simplest picture, once. Raises Gone when it cannot be called."""
    request = plain_request(endpoint, spec) if hand.is_seen_first() else {"prompt": PLAIN_PROMPT}
    with hand.stage(endpoint, 0, "documented", spec) as stage:
        played = stage.play(Story(), lambda base_url, key: hand.generate(base_url, key, request))
    if isinstance(played.raised, (Gone, NotJudged)):
        is_unmet = not played.exchanges and not isinstance(played.raised, NeverRan)
        raise Gone(str(played.raised) + (f"; it called nothing that is met here: {hand.unmet}" if is_unmet else ""))
    return played
