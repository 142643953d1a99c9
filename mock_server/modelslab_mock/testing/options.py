"""What a test says of its emulator, checked before anything is started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelslab_contracts.document import ContractError
from modelslab_contracts.nearest import did_you_mean, there_are
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.story import ELEMENTS, Story, StoryError, as_json, story_from_text, story_of

from ..engine.clock import clock_from_text
from ..spec_endpoints import known_endpoints, paths_of
from .problems import MockServerError, our_lines_hidden

__tracebackhide__ = our_lines_hidden

#: A test says the same every time it runs.
SEED = 1
#: Requests that are kept for the judgement; a server for people keeps fewer.
MAX_EXCHANGES = 10_000
_CLOCKS = ("real", "scaled", "frozen", "auto")
#: Clocks that stand still until they are moved, so that a client's time can be tied to them.
_STANDING = ("frozen", "auto")
_WHOM = ("times", "endpoint", "prompt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`story` as a JSON value. `spec`: documents whose endpoints are there as well. `port` None: no socket. `tied` None: where
    there is no socket and the clock can be moved.
    """

    story: Mapping[str, Any] | None = None
    spec: tuple[str, ...] = ()
    profile: str = "documented"
    clock: str = "auto"
    seed: int = SEED
    port: int | None = None
    tied: bool | None = None
    allow_unused: bool = False
    allow_unexpected: bool = False

    @property
    def is_tied(self) -> bool:
        """Whether the time of the test's process is that of the emulator's clock."""
        return self.tied if self.tied is not None else self.port is None and self.clock in _STANDING


def read_options(given: Mapping[str, Any]) -> Options:
    """The options that `given` says, by the names of the fields. Raises MockServerError."""
    story = None if given.get("story") is None else read_story(given["story"])
    options = Options(**{**given, "story": story, "spec": read_spec(given.get("spec", ()))})
    if not isinstance(options.profile, str) or options.profile not in PROFILES:
        raise MockServerError(f"unknown profile {options.profile!r}{there_are(str(options.profile), PROFILES)}")
    check_clock(options.clock)
    if not _is_whole(options.seed):
        raise MockServerError(f"seed must be a whole number, got {options.seed!r}")
    if options.port is not None and not (_is_whole(options.port) and 0 <= options.port <= 65535):
        raise MockServerError(
            f"port must be from 0 to 65535 (0 takes any free one), or None for no socket, got {options.port!r}"
        )
    for name in ("allow_unused", "allow_unexpected"):
        if not isinstance(getattr(options, name), bool):
            raise MockServerError(f"{name} must be True or False, got {getattr(options, name)!r}")
    if options.tied not in (True, False, None):
        raise MockServerError(f"tied must be True, False or None, got {options.tied!r}")
    if options.tied and options.clock not in _STANDING:
        raise MockServerError(f"clock {options.clock!r} moves by itself: time can be tied to a frozen or auto clock only")
    return options


def read_spec(spec: Any) -> tuple[str, ...]:
    """The paths of documents, which are read. Raises MockServerError."""
    several = spec if isinstance(spec, list | tuple) else (spec,)
    if not all(isinstance(each, str | Path) for each in several):
        raise MockServerError(f"spec must be the path of a document, saved page or folder, or a list of them, got {spec!r}")
    paths = paths_of(several)
    try:
        known_endpoints(paths)
    except ContractError as problem:
        raise MockServerError(f"spec: {problem}") from None
    return paths


def read_story(value: Any, elements: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """A story given in any of its forms (words, JSON text, a JSON value, elements by name), as a JSON value.

    Raises MockServerError.
    """
    if elements:
        if value is not None:
            raise MockServerError(f"give the story as one value or as elements ({', '.join(elements)}), not both")
        for name in elements:
            if name not in ELEMENTS:
                known = (*ELEMENTS, *_WHOM)
                raise MockServerError(f"story: unknown element {name!r}{did_you_mean(name, known)}")
        value = elements
    if callable(value):
        raise MockServerError("story: a function or a class is no story; as a decorator it takes parentheses, @MockServer()")
    if value is None:
        raise MockServerError("story: say what shall happen, in words such as 'processing polls=2' or as elements")
    try:
        if isinstance(value, Story):
            return as_json(value)
        return as_json(story_from_text(value) if isinstance(value, str) else story_of(value))
    except StoryError as problem:
        raise MockServerError(str(problem)) from None


def check_clock(clock: Any) -> None:
    """Raises MockServerError for a clock that there is not."""
    try:
        clock_from_text(str(clock), 0.0)
    except ValueError as problem:
        word = str(clock).partition(":")[0]
        raise MockServerError(f"{problem}{did_you_mean(word, _CLOCKS) if word not in _CLOCKS else ''}") from None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
