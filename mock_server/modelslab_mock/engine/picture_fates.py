"""What becomes of one picture when its story says so: refused, late, cut, or something else than it seems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from modelslab_contracts.story_shape import OK, Fate

from .job import Job, ended_at
from .links import PictureLink
from .sandbox import Sandbox


class Hanging(NamedTuple):
    """How a picture is handed out: a status with the reason, real seconds to wait, how it is delivered, what is spoiled."""

    status: int = 200
    why: str = ""
    delay_s: float = 0.0
    delivery: str = "write"
    spoil: str | None = None


PLAIN_FATE = Hanging()


def fate_of(link: PictureLink, sandbox: Sandbox, job: Job, now: float, *, is_mirror: bool = False) -> Hanging:
    """What becomes of a picture of `job` at the time `now` of its sandbox's clock, under its own address or its mirror's."""
    fates, sample = job.story.pictures, link.picture.sample
    fate = fates[sample] if sample < len(fates) else OK
    ended = ended_at(job, sandbox.fetches.get(job.id, []))
    return FATES[fate.word](fate, now - (now if ended is None else ended), is_mirror)


def _ok(_: Fate, _age_s: float, _mirror: bool) -> Hanging:
    """As it should be, beside others that are not: catches clients that give all pictures up for one that is gone."""
    return PLAIN_FATE


def _http(fate: Fate, _age_s: float, _: bool) -> Hanging:
    """A refusal: catches clients that store the body of a refusal as a picture, or report success for a picture that nobody
    has.
    """
    assert fate.http is not None, "a fate by status without one"
    return Hanging(fate.http, f"HTTP {fate.http}, as the story wants it")


def _mirror(_: Fate, _age_s: float, is_mirror: bool) -> Hanging:
    """Gone at its own address and there at its mirror's: catches clients that give a picture up that proxy_links has."""
    return PLAIN_FATE if is_mirror else Hanging(404, "gone but for its mirror, as the story wants it")


def _expires(fate: Fate, age_s: float, _: bool) -> Hanging:
    """There at first, then gone by the sandbox's clock: catches clients that keep addresses where they should keep pictures."""
    if fate.seconds is not None and age_s >= fate.seconds:
        return Hanging(404, f"expired: {fate.seconds:g} s after the job's end, as the story wants it")
    return PLAIN_FATE


def _html(_: Fate, _age_s: float, _mirror: bool) -> Hanging:
    """A page instead of a picture, with HTTP 200: catches clients that store whatever comes with HTTP 200."""
    return Hanging(why="a page of HTML, as the story wants it", spoil="html")


def _truncated(_: Fate, _age_s: float, _mirror: bool) -> Hanging:
    """A short file of matching length: catches clients that never look whether a file is whole."""
    return Hanging(why="truncated, as the story wants it", spoil="truncated")


def _cut(_: Fate, _age_s: float, _mirror: bool) -> Hanging:
    """The connection is reset in the middle: catches clients that keep half a file when the connection breaks."""
    return Hanging(why="cut, as the story wants it", delivery="cut", spoil="cut")


def _slow(fate: Fate, _age_s: float, _: bool) -> Hanging:
    """Late: catches clients that have no time limit on downloads, or one for all of them together."""
    return Hanging(why="slow, as the story wants it", delay_s=fate.seconds or 0.0)


def _wrong_type(_: Fate, _age_s: float, _mirror: bool) -> Hanging:
    """A picture that calls itself JSON: catches clients that name a file by its media type without a look inside."""
    return Hanging(why="of a wrong type, as the story wants it", spoil="wrong-type")


#: Word of a fate -> what becomes of the picture. By seconds since the job's end, and whether it is the mirror.
FATES: Mapping[str, Callable[[Fate, float, bool], Hanging]] = {
    "ok": _ok,
    "http": _http,
    "mirror": _mirror,
    "expires": _expires,
    "html": _html,
    "truncated": _truncated,
    "cut": _cut,
    "slow": _slow,
    "wrong-type": _wrong_type,
}
