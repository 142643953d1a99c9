"""The careful clients, each with what it does, and which rules must have been exercised where none of them breaks any."""

from __future__ import annotations

from collections.abc import Callable

from modelslab_contracts.contract import endpoints
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.kit.judge import able
from modelslab_contracts.kit.rules import client_rules
from modelslab_contracts.kit.run import POLLS, Capabilities
from modelslab_contracts.kit.sweep import Generate

from .careful import Careful
from .careful_kinds import Async, Downloading, Retrying, Saving, Threaded
from .careful_webhooks import Listening

ENDPOINTS = sorted(endpoints())
#: Stories for each careful client on each endpoint, and how often each rule must have been exercised in them, as it is claimed.
STORIES, AT_LEAST = 2_000, 20
Make = Callable[[Endpoint], Generate]
#: Each with what it does and the endpoints that CI has time for; `make thorough` plays all on all five.
CAREFUL: dict[str, tuple[Make, Capabilities, list[str]]] = {
    "sync": (Careful, POLLS, ENDPOINTS),
    "async": (Async, POLLS, ["images-flux-v6"]),
    "with a thread": (Threaded, POLLS, ["images-pony-v6"]),
    "with retries": (Retrying, Capabilities(retries=True), ["realtime-v6"]),
    "with downloads": (Downloading, Capabilities(downloads=True, flags=True), ["images-flux-v6"]),
    "with webhooks": (Listening, Capabilities(webhooks=True), ["enterprise-v1"]),
    "with files": (Saving, Capabilities(downloads=True, flags=True, files=True), ["text2img-v3"]),
}
#: Rules about event loops and tasks.
OF_COROUTINES = {"client/holds-its-event-loop-up", "client/asks-on-after-its-caller-left"}
#: Facts of a job of which some contract's answers say nothing, each with the rules about it.
ABOUT = {
    "future_links": {"client/returns-links-to-what-is-not-there-yet"},
    "nsfw": {"client/hides-that-a-picture-is-flagged"},
}


def to_exercise(kind: str, name: str) -> set[str]:
    """The must and should rules that a careful client of a kind can be judged by on an endpoint."""
    does = CAREFUL[kind][1]
    rules = {each.id for each in client_rules().values() if able(each, does) and each.level != "may"}
    rules -= _beyond(endpoints()[name])
    if does.webhooks:  # whoever may be told need not ask at once
        rules -= {"client/never-polls"}
    return rules if kind == "async" else rules - OF_COROUTINES


def _beyond(contract: Endpoint) -> set[str]:
    """Rules about what the answers or the orders of a contract do not have."""
    answers = contract.submit.answers.values()
    facts = {each.fact for answer in answers for each in answer.fields if each.dialect is None}
    about = {rule for fact, rules in ABOUT.items() if fact not in facts for rule in rules}
    return about | ({"client/confuses-base64-with-an-address"} if "base64" not in contract.field else set())
