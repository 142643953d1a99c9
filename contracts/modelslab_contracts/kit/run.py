"""One run: what a client was asked, what went over the wire, and what it came to. Everything that rules read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from ..endpoint import Endpoint
from ..exchange import Exchange
from ..profiles import PROFILES
from ..request import Read, read_request
from ..story import PLAIN_TURN, Story, Turn
from ..story_shape import PLAIN_SHAPE, Shape
from .field_names import eta_name, flag_name, links_name, mirrors_name
from .heard import Heard, call_of, heard
from .orders import Asked
from .stage import Told

#: The prompt of the simplest request.
PLAIN_PROMPT = "a fox"
#: An answer that takes longer may meet a client's time-out, and then it was never read.
_READ_WITHIN_S = 5.0
#: Whoever returns after so many seconds of a job's processing has given up waiting; before, it has stopped early.
PATIENCE_S = 60.0
#: Statuses with which a picture comes, or is known to be the same still.
_THERE = (200, 304)
#: How a flag for a picture that is not safe for work is said.
_FLAGGED = (True, "true", "yes")
#: Where the paths of mirrors begin.
MIRRORS = "/proxy"
#: How much of an error's text is told.
_SAID = 160

OutcomeKind = Literal["images", "error", "timeout", "pending", "refused", "crash", "hang", "odd"]


class Outcome(NamedTuple):
    """What a client came to. `images` are addresses or bytes; `message` is everything that its error says.

    A crash is an error that its author did not mean: a parser's, a missing member. A hang is a client that was still at it
    when the kit stopped it. Odd is what was returned and is no list of pictures; its type is the message. `library` is the
    HTTP library whose own error came out; `flagged` says that the client told its caller of a flagged picture.
    """

    kind: OutcomeKind
    images: tuple[str | bytes, ...] = ()
    message: str = ""
    error_type: str = ""
    library: str = ""
    flagged: bool = False


def addresses(held: Any) -> list[str]:
    """The addresses in what a reply holds for its pictures, in whichever type it came: a list, one text, an object."""
    values = [held] if isinstance(held, str) else [*held.values()] if isinstance(held, Mapping) else held
    return [each for each in values if isinstance(each, str)] if isinstance(values, list) else []


def counted(pictures: int) -> str:
    """So many pictures, in words."""
    return "no picture" if not pictures else "1 picture" if pictures == 1 else f"{pictures} pictures"


def came_to(outcome: Outcome) -> str:
    """What a client did in the end, as half a sentence."""
    if outcome.kind == "images":
        return f"returned {counted(len(outcome.images))}"
    if outcome.kind == "odd":
        return f"returned a {outcome.message}, which is no list of pictures"
    if outcome.kind == "hang":
        return "was still at it when the kit stopped it"
    said = outcome.message.partition("\n")[0]
    said = said if len(said) <= _SAID else said[: _SAID - 1] + "…"
    raised = f"raised {outcome.error_type}" + (f": {said}" if said else "")
    return f"crashed: {raised}" if outcome.kind == "crash" else raised


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a client does at all. A rule that needs what it does not do is not verified, never passed.

    `defaults` are the members that it sends without being asked, and says so. `retries`: it orders again after a refusal that
    passes; `flags`: it tells its caller which pictures are flagged as not safe for work; `files`: it stores pictures and
    returns their paths.
    `defaults` are the members that it sends without being asked, and says so. Who has no `exact_integers` is not asked for
    integers beyond 2⁵³: readers of JSON in many languages round them, before any client sees them.
    """

    polls: bool = True
    downloads: bool = False
    webhooks: bool = False
    retries: bool = False
    flags: bool = False
    files: bool = False
    defaults: Mapping[str, Any] = field(default_factory=dict)
    exact_integers: bool = True


#: What most clients do: they poll.
POLLS = Capabilities()


@dataclass(frozen=True)
class Run:
    """A story played to a client. Times are the client's clock; `sandbox` is that of the key it was given.

    `others` are the runs of callers who asked at the same time, with keys of their own. `is_async` says that the client is a
    coroutine, and `blocked_s` for how long it held its event loop up at a stretch. `vendor_hosts` are met here as well: a
    client with a host of its own asks there. `told` are the webhooks that were sent to its receiver; `printed` is what a
    program wrote to its stderr.
    """

    endpoint: Endpoint
    asked: Asked
    story: Story
    sandbox: str
    host: str
    key: str
    exchanges: tuple[Exchange, ...]
    outcome: Outcome
    began: float
    ended: float
    capabilities: Capabilities = POLLS
    profile: str = "documented"
    others: tuple[Run, ...] = ()
    is_async: bool = False
    blocked_s: float = 0.0
    vendor_hosts: frozenset[str] = frozenset()
    told: tuple[Told, ...] = ()
    printed: str = ""

    @cached_property
    def heard(self) -> tuple[Heard, ...]:
        """The exchanges in their order, each with the turn of the story that it met."""
        submits, fetches, found = 0, dict[int | None, int](), []
        for each in self.exchanges:
            turn: Turn = PLAIN_TURN
            call = call_of(each, self.endpoint)
            if call == "submit":
                turn, submits = self.story.answer_to(submits), submits + 1
            elif call == "fetch":
                turn = self.story.fetch(fetches.get(each.job_id, 0))
                fetches[each.job_id] = fetches.get(each.job_id, 0) + 1
            found.append(heard(each, self.endpoint, turn))
        return tuple(found)

    def _called(self, call: str) -> tuple[Heard, ...]:
        return tuple(each for each in self.heard if each.call == call)

    @cached_property
    def submits(self) -> tuple[Heard, ...]:
        """The attempts to submit."""
        return self._called("submit")

    @cached_property
    def fetches(self) -> tuple[Heard, ...]:
        """The polls."""
        return self._called("fetch")

    @cached_property
    def pictures(self) -> tuple[Heard, ...]:
        """The downloads."""
        return self._called("picture")

    @cached_property
    def replies(self) -> tuple[Heard, ...]:
        """Submits and fetches: what tells a client how its job stands."""
        return tuple(each for each in self.heard if each.call in ("submit", "fetch"))

    @property
    def last(self) -> Heard | None:
        """The last thing that the client heard of its job."""
        return self.replies[-1] if self.replies else None

    @cached_property
    def queued(self) -> Heard | None:
        """The submit that was answered with processing, so that there is something to poll; the last one."""
        return next((each for each in reversed(self.submits) if each.says == "processing"), None)

    @cached_property
    def succeeded(self) -> Heard | None:
        """The success with pictures that was the last thing the client heard of its job, and in time; None for none."""
        last = self.last
        if last is None or last.says != "success" or (last.turn.slow or 0) > _READ_WITHIN_S:
            return None
        return last if self.pictures_of(last) else None

    @cached_property
    def is_flagged(self) -> bool:
        """Whether the success says that some picture is not safe for work."""
        held = (self.succeeded.reply or {}).get(flag_name(self.endpoint)) if self.succeeded is not None else None
        return any(each in _FLAGGED for each in held) if isinstance(held, list) else held in _FLAGGED

    @cached_property
    def mirrors(self) -> list[str]:
        """The addresses of mirrors that the success named."""
        name = mirrors_name(self.endpoint)
        return addresses((self.succeeded.reply or {}).get(name)) if self.succeeded is not None else []

    @cached_property
    def missed(self) -> tuple[Heard, ...]:
        """The downloads that failed, of pictures that were not had under another address or at another time either."""
        had = {_picture_path(each) for each in self.pictures if each.exchange.status in _THERE}
        return tuple(each for each in self.pictures if _picture_path(each) not in had)

    @cached_property
    def fates(self) -> tuple[str, ...]:
        """What became of the pictures that the client asked for, each a word of the story's `pictures`."""
        held = self.pictures_of(self.succeeded) if self.succeeded is not None else None
        paths = [urlsplit(each).path for each in addresses(held)]
        given = [each.word for each in self.story.pictures]
        asked = [_picture_path(each) for each in self.pictures]
        return tuple(fate for path, fate in zip(paths, given, strict=False) if path in asked)

    @property
    def has_plain_form(self) -> bool:
        """Whether the story leaves replies in the contract's own form."""
        return self.story.shape in (PLAIN_SHAPE, Shape(fetch_id=self.story.shape.fetch_id))

    @property
    def are_pictures_fine(self) -> bool:
        """Whether every picture that the client asked for was there, whole and itself."""
        return set(self.fates) <= {"ok", "mirror"} and not self.missed

    def pictures_of(self, reply: Heard) -> Any:
        """What a reply holds where its contract has the pictures' addresses."""
        name = links_name(self.endpoint)
        return (reply.reply or {}).get(name)

    def read(self, request: Mapping[str, Any]) -> Read:
        """A request as the contract reads it."""
        return read_request(self.endpoint, request, PROFILES[self.profile])

    def is_elsewhere(self, each: Heard) -> bool:
        """Whether an exchange was with a host that the client's key is not for."""
        return bool(each.host) and each.host != self.host and each.host not in self.vendor_hosts

    @property
    def kind(self) -> str:
        """What was special: several callers at once, one who went away (gone), a webhook that was sent (told); else one."""
        if self.others or self.asked.left_after is not None:
            return "several" if self.others else "gone"
        return "told" if self.told else "one"

    @property
    def names_a_webhook(self) -> bool:
        """Whether the client's order names a webhook, so that it need not ask."""
        return any(each.sent.get("webhook") for each in self.submits)

    @property
    def lasted(self) -> float:
        """Seconds on the client's clock."""
        return self.ended - self.began


def _picture_path(picture: Heard) -> str:
    """The path of a picture, under its own address or its mirror's."""
    return picture.exchange.path.removeprefix(MIRRORS)


def eta_of(reply: Heard, run: Run) -> float | None:
    """The eta that a reply announces, where it is a number."""
    held = (reply.reply or {}).get(eta_name(run.endpoint))
    return float(held) if isinstance(held, (int, float)) and not isinstance(held, bool) else None
