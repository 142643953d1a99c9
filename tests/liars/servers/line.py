"""A line to the emulator in this process, through whatever a wrong server makes of each answer."""

from __future__ import annotations

import time
from collections.abc import Mapping

from modelslab_contracts.kit.servers.line import Answered
from modelslab_mock.app import App
from modelslab_mock.log import Log
from modelslab_mock.serve import make_app
from modelslab_mock.settings import make_settings
from modelslab_mock.ways.in_process.answering import Answer, InProcess

ORIGIN = "http://127.0.0.1:4777"
KEY = "a-key-of-the-check"


class InProcessLine:
    """See the kit's Line. Its server's clock is moved on by the fetches of its jobs."""

    def __init__(self, *, seed: int = 0, profile: str = "documented", origin: str = ORIGIN) -> None:
        self.origin = origin
        self.app = an_app(seed, profile)
        self._way = InProcess(self.app, clock=time.time)

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """The emulator's own answer."""
        head = {"host": self.origin.partition("://")[2], **headers}
        answer = self._way.answer(method, "http", url.removeprefix(self.origin), head, body)
        assert isinstance(answer, Answer), "it waits for nobody"
        return Answered(answer.status, tuple((name.lower(), value) for name, value in answer.headers), answer.body)

    def wait(self, seconds: float) -> None:
        """A clock that fetches move needs no waiting."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()


def an_app(seed: int, profile: str) -> App:
    """An emulator whose jobs end by being asked for."""
    settings = make_settings({"quiet": True, "clock": "auto", "profile": profile, "max_sandboxes": "8"}, {})
    return make_app(settings, seed=seed, origin=ORIGIN, started=time.time(), log=Log("text", True))
