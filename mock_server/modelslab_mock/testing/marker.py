"""What `@pytest.mark.modelslab(…)` says of a test, and what is wrong with it. Nothing here knows pytest but by shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Protocol

from modelslab_contracts.nearest import there_are
from modelslab_contracts.profiles import PROFILES

from .options import Options, read_options
from .problems import MockServerError

INTERCEPTING = "modelslab_mock"
SERVING = "modelslab_mock_server"
#: The ini option that names documents for all tests.
INI_SPEC = "modelslab_mock_spec"
#: The profile that stands for each of them, one after the other.
ALL = "all"
#: The parameter that holds the profile of such a test.
PROFILE = "modelslab_profile"
WORDS = ("story", "profile", "clock", "seed", "tied", "spec", "allow_unused", "allow_unexpected")


class Mark(Protocol):
    """One `pytest.mark.modelslab(…)`."""

    @property
    def args(self) -> Sequence[Any]: ...

    @property
    def kwargs(self) -> Mapping[str, Any]: ...


def words_of(marks: Iterable[Mark]) -> dict[str, Any]:
    """What the marks of a test say together; the one that stands nearest to it comes first. Raises MockServerError."""
    said: dict[str, Any] = {}
    for mark in reversed([*marks]):
        if len(mark.args) > 1:
            raise MockServerError(
                f"only the story goes without a name, the others are {', '.join(f'{each}=' for each in WORDS[1:])}"
            )
        if mark.args and "story" in mark.kwargs:
            raise MockServerError("the story is given twice")
        for name in mark.kwargs:
            if name not in WORDS:
                raise MockServerError(f"unknown word {name!r}{there_are(name, WORDS)}")
        said |= {"story": mark.args[0]} if mark.args else {}
        said |= mark.kwargs
    return said


def options_of(marks: Iterable[Mark], profile: str | None = None, spec: Sequence[str] = ()) -> Options:
    """The options of a test; `profile` is the one of its parameter, where it is run for all, `spec` the documents that are
    there where its marks name none. Raises MockServerError.
    """
    said = {"spec": spec, **words_of(marks)}
    if said.get("profile") == ALL:
        said["profile"] = profile or next(iter(PROFILES))
    return read_options(said)


def is_for_all(marks: Iterable[Mark]) -> bool:
    """Whether a test is to be run once per profile. False when its marks are wrong: that is told elsewhere."""
    try:
        return words_of(marks).get("profile") == ALL
    except MockServerError:
        return False


def wrong_with(marks: Iterable[Mark], fixtures: Sequence[str], parameters: Mapping[str, Any]) -> str:
    """What is wrong with the marks of a test that has these fixtures and parameters, as a sentence; "" for nothing."""
    marks = [*marks]
    try:
        options_of(marks)
    except MockServerError as problem:
        return str(problem)
    if is_for_all(marks) and PROFILE not in parameters:
        return f"profile={ALL!r} is for test functions, not for a method of a TestCase or for one parameter alone"
    if INTERCEPTING in fixtures and SERVING in fixtures:
        return f"it uses both {INTERCEPTING} and {SERVING}, and a mark cannot say which of them it means: set it in the test"
    if SERVING in fixtures and "spec" in words_of(marks):
        return f"spec is for {INTERCEPTING}; the server of the session has the documents of {INI_SPEC} in the ini file"
    return ""


def key_for(test: str, seed: int) -> str:
    """The API key of a test by its name, so that it gets the same ids whichever tests run before it or beside it."""
    return f"test-{sha256(f'{seed}/{test}'.encode()).hexdigest()[:12]}"
