"""What can go wrong with a test's use of the emulator, and what a test can get wrong about its client."""

from __future__ import annotations

from typing import Any


class MockServerError(ValueError):
    """Something that cannot be set, done or waited for, as one sentence."""

    __module__ = "modelslab_mock"  # where it is imported from


class MockServerFailure(AssertionError):
    """What went otherwise than the test said: a story nobody used, a call nobody serves, a body that was refused."""

    __module__ = "modelslab_mock"


class ClientSpinsError(BaseException):
    """The client turns in a circle, and has caught every exception that said so."""


def our_lines_hidden(raised: Any) -> bool:
    """Whether pytest leaves our own lines out of a traceback (`__tracebackhide__`): a sentence for whoever wrote the test
    is about a line of theirs. A mistake of ours is shown in full.
    """
    return raised is not None and issubclass(raised.type, MockServerError | MockServerFailure)
