"""An answer leaves in one write: its head waits for its body, and for nothing else."""

from __future__ import annotations

import pytest

protocol = pytest.importorskip("modelslab_mock.wire.protocol", reason="httptools is not installed here: h11 writes for itself")

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n"


class Wire:
    """A transport that remembers what was done to it."""

    def __init__(self) -> None:
        self.done: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        self.done.append(data)

    def close(self) -> None:
        self.done.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.done


def test_head_and_body_leave_together() -> None:
    wire = Wire()
    held = protocol.OneWrite(wire)
    held.write(HEAD)
    assert wire.done == []
    held.write(b"{}")
    assert wire.done == [HEAD + b"{}"]


def test_an_answer_without_a_body_leaves_too() -> None:
    wire = Wire()
    held = protocol.OneWrite(wire)
    held.write(HEAD)
    held.write(b"")
    assert wire.done == [HEAD]


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        b"HTTP/1.1 400 Bad Request\r\ncontent-length: 3\r\nconnection: close\r\n\r\nBad",
    ],
)
def test_what_nothing_follows_is_not_held_back(data: bytes) -> None:
    wire = Wire()
    protocol.OneWrite(wire).write(data)
    assert wire.done == [data]


def test_closing_writes_what_was_held_back() -> None:
    wire = Wire()
    held = protocol.OneWrite(wire)
    held.write(HEAD)
    held.close()
    assert wire.done == [HEAD, "closed"]
    assert held.is_closing()
