"""The server that a recorder stands in front of: one request on, one whole answer back."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from ..loopback import is_loopback

#: A submit may wait for its pictures as long as that.
ANSWERS_WITHIN_S = 300.0
CONNECTS_WITHIN_S = 15.0
#: An answer beyond so many bytes is given up.
MOST_BYTES = 64 * 2**20
#: Headers that belong to one connection, and those that speak of bytes as they were on it.
OF_THE_CONNECTION = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "content-length", "content-encoding", "accept-encoding", "host", "expect", "date",
    }
)  # fmt: skip

Headers = tuple[tuple[str, str], ...]


class Came(NamedTuple):
    """What a server answered. Status 0: nothing, and `trouble` says why."""

    status: int
    headers: Headers
    body: bytes
    trouble: str = ""


class Upstream:
    """A server by its origin. A proxy that the environment names is used, but not to reach this machine."""

    def __init__(self, origin: str) -> None:
        import httpx

        self.origin = origin.rstrip("/")
        self.host = urlsplit(self.origin).hostname or ""
        self._url = httpx.URL(self.origin)
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(ANSWERS_WITHIN_S, connect=CONNECTS_WITHIN_S),
            follow_redirects=False,
            trust_env=not is_loopback(self.host.lower()),
        )

    @property
    def netloc(self) -> str:
        """Host and port as a Host header has them."""
        return urlsplit(self.origin).netloc

    async def ask(self, method: str, target: bytes, headers: Headers, body: bytes) -> Came:
        """The answer to a request; `target` is path and query as they came. Never raises for what a server does."""
        import httpx

        passed = [each for each in headers if each[0] not in OF_THE_CONNECTION]
        try:
            request = self._client.build_request(method, self._url.copy_with(raw_path=target), headers=passed, content=body)
            reply = await self._client.send(request, stream=True)
            try:
                chunks, size = [], 0
                async for each in reply.aiter_bytes():
                    chunks.append(each)
                    size += len(each)
                    if size > MOST_BYTES:
                        return Came(0, (), b"", f"the answer is longer than {MOST_BYTES // 2**20} MiB")
            finally:
                await reply.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as problem:
            return Came(0, (), b"", f"{type(problem).__name__}: {problem}".rstrip(": "))
        came = tuple((name.lower(), value) for name, value in reply.headers.multi_items())
        return Came(reply.status_code, tuple(each for each in came if each[0] not in OF_THE_CONNECTION), b"".join(chunks))

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.aclose()
