"""The second lever: where there is no namespace, preloads and a proxy lead programs to the emulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..hosts import Allowed, ports_of
from .emulating import answer, listening
from .onward import PROXY_VARIABLES, Onward
from .preload import Preloads
from .proxy import Proxy
from .tally import Tally


class Led:
    """The proxy and the preloads of a run."""

    def __init__(
        self, folder: Path, tally: Tally, allowed: Sequence[Allowed], environment: Mapping[str, str], *, block: bool
    ) -> None:
        self._tally = tally
        self._allowed = allowed
        self._block = block
        self.http = [listening("127.0.0.1", 0)]
        self.https = [listening("127.0.0.1", 0)]
        self._proxied = listening("127.0.0.1", 0)
        self.port, https_port, self._proxy_port = (
            each.getsockname()[1] for each in (self.http[0], self.https[0], self._proxied)
        )
        self._proxy = Proxy(self.port, https_port, Onward(environment).connect, self._may_pass)
        self._preloads = Preloads(folder, http_port=self.port, https_port=https_port, block=block, allowed=allowed)

    async def serve(self) -> None:
        """Begin to answer as a proxy."""
        await answer([self._proxied], self._proxy.serve)

    def variables(self, environment: Mapping[str, str], bundle: str) -> dict[str, str]:
        """What a command must find in its environment."""
        proxy = f"http://127.0.0.1:{self._proxy_port}"
        given = {name: proxy for each in PROXY_VARIABLES[:3] for name in (each, each.upper())}
        given |= dict.fromkeys(("no_proxy", "NO_PROXY"), "localhost,127.0.0.1,::1")
        given["NODE_USE_ENV_PROXY"] = "0"  # the preload does it better, and sees what the proxy cannot
        return given | self._preloads.variables(environment, bundle)

    def read_notes(self) -> None:
        """Add what the preloads noted to the tally."""
        refused, passed = self._preloads.notes()
        self._tally.refused.update(refused)
        self._tally.passed.update(passed)

    def _may_pass(self, host: str, port: int) -> bool:
        """Whether the proxy may connect to a host; the answer is noted. This machine is nobody else's."""
        if not self._block or port in ports_of(self._allowed, host):
            self._tally.let_pass(host)
            return True
        self._tally.refuse(host)
        return False
