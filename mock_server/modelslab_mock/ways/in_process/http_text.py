"""HTTP/1.1 as bytes, for libraries that are met where their socket would be: requests read, answers written."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from .answering import Answer


class Heard(NamedTuple):
    """A whole request as it came in. Header names are lower-case; `target` has no scheme and host any more."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class RequestReader:
    """Collects what a client writes until a request is whole. Clients are trusted to write HTTP/1.1."""

    def __init__(self) -> None:
        self._head: tuple[str, str, dict[str, str]] | None = None
        self._came = bytearray()

    def feed(self, data: bytes) -> Heard | None:
        """Take bytes; the request once it is whole, then the reader is ready for the next one."""
        self._came += data
        if self._head is None:
            end = self._came.find(b"\r\n\r\n")
            if end < 0:
                return None
            self._head = _read_head(bytes(self._came[:end]))
            del self._came[: end + 4]
        method, target, headers = self._head
        body = self._body(headers)
        if body is None:
            return None
        self._head = None
        return Heard(method, target, headers, body)

    @property
    def awaits_continue(self) -> bool:
        """Whether the head came and the client waits to be told to go on with the body."""
        return self._head is not None and self._head[2].get("expect", "").lower() == "100-continue" and not self._came

    def _body(self, headers: dict[str, str]) -> bytes | None:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = int(headers.get("content-length") or 0)
        if len(self._came) < length:
            return None
        body = bytes(self._came[:length])
        del self._came[:length]
        return body

    def _chunks(self) -> bytes | None:
        """The body of a chunked request, once its last chunk and the trailer after it are there."""
        body, at = bytearray(), 0
        while True:
            line_end = self._came.find(b"\r\n", at)
            if line_end < 0:
                return None
            size = int(self._came[at:line_end].partition(b";")[0], 16)
            at = line_end + 2
            if not size:
                break
            if len(self._came) < at + size + 2:
                return None
            body += self._came[at : at + size]
            at += size + 2
        while (line_end := self._came.find(b"\r\n", at)) > at:  # trailers, which nobody reads
            at = line_end + 2
        if line_end < 0:
            return None
        del self._came[: line_end + 2]
        return bytes(body)


def _read_head(head: bytes) -> tuple[str, str, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    if not target.startswith("/"):  # the absolute form, as it is sent to proxies
        target = "/" + target.partition("://")[2].partition("/")[2]
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return method, target, headers


def reason_of(status: int) -> str:
    """The reason phrase of a status, "" for one that HTTP does not know."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def written(answer: Answer) -> bytes:
    """The bytes of an answer that arrive: all of them, or those before the cut."""
    lines = [f"HTTP/1.1 {answer.status} {reason_of(answer.status)}", *(f"{name}: {value}" for name, value in answer.headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.arriving
