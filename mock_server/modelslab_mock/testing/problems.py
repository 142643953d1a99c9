"""What can go wrong with a test's use of the emulator, and what a test can get wrong about its client."""

from __future__ import annotations


class MockServerError(ValueError):
    """Something that cannot be set, done or waited for, as one sentence."""


class MockServerFailure(AssertionError):
    """What went otherwise than the test said: a story nobody used, a call nobody serves, a body that was refused."""


class ClientSpinsError(BaseException):
    """The client turns in a circle, and has caught every exception that said so."""
