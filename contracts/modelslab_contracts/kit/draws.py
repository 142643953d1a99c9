"""Stories and requests by throwing dice: a small drawing table. Each story enables a random few kinds of deviation (a swarm),
so that rare pairs of them are not always hidden by common ones.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from ..endpoint import Endpoint, Field
from ..story import Story, story_of
from .run import PLAIN_PROMPT, Asked

#: Visits one drawn case; what it returns says whether to go on.
Visit = Callable[[Story, Asked], bool]
#: Which part of stories have their trouble at the submit, and which end up in the queue.
_AT_SUBMIT, _QUEUED = 0.25, 0.85
_PROMPTS = (
    PLAIN_PROMPT,
    "un renard à l'aube, été",
    "狐狸在雪中 🦊",
    "שועל בשלג",
    'quotes " and \\ backslash',
    "line\nbreak\u2028separator",
    "a long prompt, " * 700 + "to its end",
)
_PASSING: tuple[Any, ...] = (
    "server-error",
    "unavailable",
    {"http": 502},
    "reset",
    {"garbled": "html", "http": 502},
    {"garbled": "truncated"},
    {"reset": "mid-body"},
    {"http": 429, "retry_after": 20},
    {"http": 503, "retry_after": 20, "retry_after_as": "date"},
    {"http": 429, "retry_after": 20, "retry_after_as": "header"},
    {"http": 429, "retry_after": 20, "retry_after_as": "body"},
)
_FINAL: tuple[Any, ...] = ("invalid-key", "no-credits", "plan", "error", {"http": 422}, {"http": 400})


def draw_each(endpoint: Endpoint, count: int, seed: int, visit: Visit) -> None:
    """Visit `count` drawn cases, the same for the same seed, until a visit says that it is enough."""
    random = Random(f"{seed} {endpoint.name}")  # noqa: S311 # dice, no secrets
    for _ in range(count):
        if not visit(draw_story(random, endpoint), draw_asked(random, endpoint)):
            return


def draw_asked(random: Random, endpoint: Endpoint) -> Asked:
    """A valid request, as the kit asks a client for it."""
    request = {}
    for field in endpoint.fields:
        if field.name in ("webhook", "track_id", "base64", "instant_response"):
            continue
        if field.required or random.random() < 0.2 or (field.name == "samples" and random.random() < 0.5):
            request[field.name] = _value(random, field, endpoint)
    return Asked(request)


def _value(random: Random, field: Field, endpoint: Endpoint) -> Any:
    if field.name == "prompt":
        return random.choice(_PROMPTS) if random.random() < 0.5 else PLAIN_PROMPT
    if field.name == "model_id":
        return "pony-diffusion" if endpoint.selector else "flux"
    if field.allowed:
        return random.choice(field.allowed)
    if field.kind == "flag":
        is_yes_no = "boolean" not in field.schema.get("type", ())
        return random.choice(("yes", "no")) if is_yes_no else random.random() < 0.5
    if field.kind in ("integer", "number"):
        low = 0 if field.minimum is None else field.minimum
        high = 1_000 if field.maximum is None else field.maximum
        step = int(field.multiple_of or 1)
        low, high = int(low), int(high)
        return random.choice((low, high, low + step * random.randint(0, max(0, (high - low) // step))))
    return "0.5" if field.pattern else "some words"


def draw_story(random: Random, _: Endpoint) -> Story:
    """A story, the plain one among them: a job that is queued or one that is done at once, or trouble at the submit."""
    value: dict[str, Any] = {}
    dice = random.random()
    if dice < _AT_SUBMIT:
        random.choice(_SUBMITS)(random, value)
    elif dice < _QUEUED:
        _queued(random, value)
        for deviate in random.sample(_ON_THE_ROAD, random.choice((0, 1, 1, 2))):
            deviate(random, value)
    for deviate in random.sample(_FORMS, random.choice((0, 0, 1, 1, 2))):
        deviate(random, value)
    return story_of(value)


def _queued(random: Random, value: dict[str, Any]) -> None:
    value["submit"] = ["processing"]
    value["eta"] = random.choice((0.5, 2, 5, 12.5))
    if random.random() < 0.7:
        value["polls"] = random.choice((0, 1, 2, 4, 8))


def _ends(random: Random, value: dict[str, Any]) -> None:
    value["ends"] = random.choice(("failed", "failed", "error", "never", "empty", 500, 503))
    if value["ends"] in ("failed", "error"):
        value["message"] = f"MSG-{random.randrange(16**6):06x}"


def _bad_polls(random: Random, value: dict[str, Any]) -> None:
    turns: list[Any] = ["processing"] * random.randint(0, 2)
    turns.insert(random.randint(0, len(turns)), random.choice(_PASSING))
    value["polls"] = turns


def _odd_polls(random: Random, value: dict[str, Any]) -> None:
    odd = random.choice(
        (
            {"answer": "unknown-status", "status": random.choice(("queued", "Processing", "", None))},
            {"answer": "processing", "fetch_result": "changed"},
            {"answer": "processing", "output": "partial"},
            {"answer": "processing", "eta": 7.5},
        )
    )
    value["polls"] = [odd] * random.randint(1, 3)


def _refused(random: Random, value: dict[str, Any]) -> None:
    turn = random.choice(_FINAL)
    more = {"text": f"MSG-{random.randrange(16**6):06x}", "spelling": random.choice(("message", "messege"))}
    turn = {"answer": turn, **more} if isinstance(turn, str) else {**turn, **more}
    value["submit"] = [turn, "success"]


def _trouble(random: Random, value: dict[str, Any]) -> None:
    value["submit"] = [random.choice(_PASSING), "success"]


def _garbled(random: Random, value: dict[str, Any]) -> None:
    value["submit"] = [{"garbled": random.choice(("truncated", "html", "empty", "gzip-lie", "bom", "latin1", "nan"))}]


def _elsewhere(random: Random, value: dict[str, Any]) -> None:
    value["submit"] = [{"redirect": random.choice((307, 308)), "to": "other-host"}, "success"]


def _lean(random: Random, value: dict[str, Any]) -> None:
    part = random.choice(("drop", "null", "add"))
    names = ["queue_position"] if part == "add" else ["meta", "proxy_links", "nsfw_content_detected", "tip", "future_links"]
    value.setdefault("shape", {})[part] = names


def _drift(random: Random, value: dict[str, Any]) -> None:
    part, words = random.choice(
        (
            ("id", ("text",)),
            ("id", ("text",)),
            ("eta", ("text", "absent", "zero", "negative", "huge")),
            ("output", ("text", "object")),
            ("output", ("text", "object")),
            ("nsfw", ("list",)),
        )
    )
    value.setdefault("shape", {})[part] = random.choice(words)


def _pictures(random: Random, value: dict[str, Any]) -> None:
    value["pictures"] = [random.choice(("ok", 404, 403, "html", "truncated", "cut"))]


def _other_id(_: Random, value: dict[str, Any]) -> None:
    value.setdefault("shape", {})["fetch_id"] = "other"


_Deviate = Callable[[Random, dict[str, Any]], None]
_SUBMITS: tuple[_Deviate, ...] = (_refused, _trouble, _garbled, _elsewhere)
_ON_THE_ROAD: tuple[_Deviate, ...] = (_ends, _bad_polls, _odd_polls)
_FORMS: tuple[_Deviate, ...] = (_lean, _drift, _other_id, _pictures)
