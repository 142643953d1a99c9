"""`MockServer`: an emulator for a block of code, a function, a test method or a whole TestCase."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from modelslab_contracts.story import Story

from .decorating import decorated
from .judgement import judge
from .near import Near
from .options import SEED, Options, read_options
from .problems import MockServerError, MockServerFailure, our_lines_hidden
from .scope import MockScope

__tracebackhide__ = our_lines_hidden

D = TypeVar("D", bound=Callable[..., Any])


class Running(Protocol):
    """An emulator that can be entered and left."""

    @property
    def near(self) -> Near:
        """The sandbox of the scope."""

    @property
    def spun(self) -> str:
        """That the client turned in a circle, as a sentence; "" when it did not."""

    def enter(self) -> None:
        """Begin to answer. Raises MockServerError."""

    def leave(self) -> None:
        """Leave everything as it was."""


class MockServer:
    """An emulator of the ModelsLab API for a scope: `with MockServer(story="processing polls=2") as mock: …`, or a decorator.

    Without `port` there is no socket: whatever this process asks of the vendor's hosts is answered, whichever key it sends,
    and its time is tied to the emulator's clock, so that no sleep takes time. With `port` (0: any free one) it serves
    http on loopback from a thread.

    `story`: what happens to submits, until `mock.story(…)` says otherwise. `spec`: an OpenAPI document, saved page or folder,
    or several, whose calls are answered as well. `profile`: documented, strict or observed. `clock`: auto (fetches move it),
    frozen, real or scaled:FACTOR. `seed`: the same gives the same ids and pictures. `tied`: whether
    time is tied; None says as above. At the end of the scope a story that nobody used, a call that no contract has and a
    body that was refused raise MockServerFailure, unless `allow_unused` and `allow_unexpected` say that they are all right
    or an exception is on its way already. Raises MockServerError for an option that cannot be.
    """

    def __init__(
        self,
        story: Story | Mapping[str, Any] | str | None = None,
        *,
        spec: str | Path | Sequence[str | Path] = (),
        profile: str = "documented",
        clock: str = "auto",
        seed: int = SEED,
        port: int | None = None,
        tied: bool | None = None,
        allow_unused: bool = False,
        allow_unexpected: bool = False,
    ) -> None:
        given = {
            "story": story, "spec": spec, "profile": profile, "clock": clock, "seed": seed, "port": port, "tied": tied,
            "allow_unused": allow_unused, "allow_unexpected": allow_unexpected,
        }  # fmt: skip
        self._options = read_options(given)
        self._running: Running | None = None
        self._scope: MockScope | None = None

    @classmethod
    def of(cls, options: Options) -> Self:
        """One with options that were read already."""
        return cls(**{each.name: getattr(options, each.name) for each in fields(Options)})

    def __enter__(self) -> MockScope:
        if self._running is not None:
            raise MockServerError("this MockServer is in use already; a scope within its scope needs one of its own")
        running = _emulator(self._options)
        try:
            self._scope = MockScope(running.near, self._options)
            running.enter()
        except BaseException:
            running.leave()
            raise
        self._running = running
        return self._scope

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        __tracebackhide__ = True
        try:
            if problem is None:
                self.check()
        finally:
            self.leave()

    async def __aenter__(self) -> MockScope:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        self.__exit__(kind, problem, trace)

    def judgement(self) -> str:
        """What went otherwise than was said, so far; "" when nothing did, or when the scope has ended."""
        return judge(self._scope, self._running.spun) if self._scope is not None and self._running is not None else ""

    def check(self) -> None:
        """Raises MockServerFailure when something went otherwise than was said, so far."""
        __tracebackhide__ = True
        if failure := self.judgement():
            raise MockServerFailure(failure)

    def leave(self) -> None:
        """End the scope without a judgement."""
        running, self._running = self._running, None
        if running is not None:
            running.leave()
            if self._scope is not None:
                self._scope.over = True

    def __call__(self, function: D) -> D:
        """The function, coroutine function or class, each call or test of it in a scope of its own.

        A function with a parameter `mock` gets what `with` would bind; a TestCase has it as `self.mock`.
        """
        return decorated(function, lambda: type(self).of(self._options))


def _emulator(options: Options) -> Running:
    if options.port is None:
        from .inside import Inside

        return Inside(options)
    from .served import Served

    return Served(options)
