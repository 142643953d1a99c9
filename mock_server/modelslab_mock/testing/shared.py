"""One server for many tests, each with a key, a sandbox and a judgement of its own."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Protocol

from ..engine.ids import sandbox_name
from ..spec_endpoints import known_endpoints
from .judgement import judge
from .marker import INI_SPEC, key_for
from .near import Near
from .options import Options
from .problems import MockServerError
from .reach import Reach
from .scope import MockScope
from .served import Server
from .tied import Ties

#: The key for whatever happens outside of every test, such as in fixtures of a session.
BETWEEN = "test-session"
_ALL_ALLOWED = Options(allow_unused=True, allow_unexpected=True)


class ManySandboxes(Protocol):
    """A server that gives each test a sandbox."""

    def fresh(self, key: str) -> Reach:
        """The sandbox of a key, as if nobody had used it."""

    def ties(self, key: str, /) -> Ties:
        """The time of this process, tied to the sandbox's clock. Raises MockServerError."""

    def stop(self) -> None:
        """End it, if it is ours."""


class ThisProcess:
    """A server in a thread of this process."""

    def __init__(self, spec: tuple[str, ...] = ()) -> None:
        self._server = Server(Options(port=0, spec=spec))
        self._server.start()

    def fresh(self, key: str) -> Reach:
        """See ManySandboxes."""
        sandbox = sandbox_name(key)
        self._server.fresh(sandbox)
        return Near(self._server, sandbox, key, self._server.time(sandbox))

    def ties(self, key: str) -> Ties:
        """See ManySandboxes."""
        return Ties(self._server.time(sandbox_name(key)))

    def stop(self) -> None:
        """See ManySandboxes."""
        self._server.stop()


class AnotherProcess:
    """An emulator behind an address: the one of a `modelslab-mock exec` that this process runs in.

    `alone`: nobody else uses it, so that requests that name no sandbox are of the present test. `spec`: documents that it must
    have been given as well. Raises MockServerError.
    """

    def __init__(self, origin: str, *, alone: bool, spec: tuple[str, ...] = ()) -> None:
        from .control_client import ControlClient

        there = ControlClient(origin, BETWEEN).get("/specs") if spec else {}
        if missing := [name for name in known_endpoints(spec) if spec and name not in there]:
            raise MockServerError(f"it has no {missing[0]}: give the documents of {INI_SPEC} to exec as well, with --spec")
        self._origin = origin
        self._alone = alone

    def fresh(self, key: str) -> Reach:
        """See ManySandboxes."""
        from .control_client import ControlClient
        from .far import Far

        control = ControlClient(self._origin, key)
        control.send("POST", "/reset")
        control.send("DELETE", f"/inboxes/{sandbox_name(key)}")
        control.send("PUT", "/sandboxes/by-key/clock", {"mode": Options().clock})
        return Far(self._origin, key, strangers=self._alone)

    def ties(self, _: str) -> Ties:
        """See ManySandboxes."""
        raise MockServerError("time cannot be tied to the clock of another process: leave out tied=True")

    def stop(self) -> None:
        """It is not ours."""


class SharedScope(MockScope):
    """A scope that is another one for each test: `key`, `clock`, `jobs`, `journal` and all others are those of the present."""

    def __init__(self, server: ManySandboxes) -> None:
        self._server = server
        self._stack = ExitStack()
        self._between = server.fresh(BETWEEN)
        super().__init__(self._between, _ALL_ALLOWED)

    def begin(self, test: str, options: Options, *, profile: bool) -> None:
        """Be the scope of a test from now on; `profile`: it says which. Raises MockServerError."""
        self.end()
        key = key_for(test, options.seed)
        reach = self._server.fresh(key)
        if profile:
            reach.set_profile(options.profile)
        if options.clock != Options().clock:
            reach.run_clock(options.clock)
        super().__init__(reach, options)
        if options.tied:
            self._stack.enter_context(self._server.ties(key))

    def end(self) -> None:
        """Be the scope of what happens between tests."""
        self._stack.close()
        super().__init__(self._between, _ALL_ALLOWED)

    def close(self) -> None:
        """There will be no more tests."""
        self.end()
        self._server.stop()

    def judgement(self) -> str:
        """What went otherwise than the test said; "" when nothing did."""
        return judge(self)
