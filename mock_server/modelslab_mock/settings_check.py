"""What a type does not say of a setting: ranges, words, and what would steer nothing without a word about it."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from modelslab_contracts.nearest import did_you_mean
from modelslab_contracts.profiles import PROFILES

from .engine.clock import clock_from_text
from .origin import is_origin

#: Where a value came from that the user typed a moment ago, and need not be told of.
COMMAND_LINE = "command line"
#: The word that opens the control API on an address beyond loopback.
OFF = "off"
SHORTEST_TOKEN = 8
_WORDS = {"profile": tuple(PROFILES), "unknown_fields": ("accept", "note", "refuse"), "log_format": ("text", "json")}
_RANGES: tuple[tuple[str, float, float, str], ...] = (
    ("port", 0, 65535, "from 0 to 65535"),
    ("latency", 0, 3600, "from 0 to 3600 seconds"),
    ("webhook_timeout", 1e-9, 3600, "above 0 and up to 3600 seconds"),
    *((name, 1, math.inf, "at least 1") for name in ("max_body", "max_sandboxes", "max_jobs", "max_exchanges")),
)


def complaints(settings: Any, sources: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the values of the settings, each as one sentence. `sources` says where those came from that are no
    defaults: a value that the environment or a file holds is often one that its user forgot.
    """
    told = partial(_told, sources)
    for name, words in _WORDS.items():
        value = getattr(settings, name)
        if value not in words:
            yield f"{told(name)} {value!r} is not one of {', '.join(words)}{did_you_mean(value, words)}"
    try:
        clock_from_text(settings.clock, 0.0)
    except ValueError as problem:
        yield f"{told('clock')} {str(problem).removeprefix('clock ')}"
    for name, low, high, form in _RANGES:
        value = getattr(settings, name)
        if not low <= value <= high:
            yield f"{told(name)} must be {form}, got {value if isinstance(value, int) else f'{value:g}'}"
    for name, fits, form in _FORMS:
        given = getattr(settings, name)
        for wrong in itertools.filterfalse(fits, given if isinstance(given, tuple) else (given,)):
            yield f"{told(name)} must be {form}" + ("" if name in _SECRET else f", got {wrong!r}")
    if not settings.accept_key and sources.get("accept_key") == COMMAND_LINE:
        # Most likely "$KEY" where KEY is not set: every key would work.
        yield "accept-key must hold a key, got none; leave it out to accept any key"
    if settings.replay and settings.story is not None:
        yield "story has no say in what is played back: take one of replay and story"


def _told(sources: Mapping[str, str], name: str) -> str:
    source = sources.get(name, COMMAND_LINE)
    return name.replace("_", "-") + ("" if source == COMMAND_LINE else f" (from {source})")


def _is_token(token: str) -> bool:
    """Whether a token can be one. One that is too short is more likely a word that was meant as `off`."""
    return token in ("", OFF) or (len(token) >= SHORTEST_TOKEN and token.isascii() and token.isprintable() and " " not in token)


#: Hosts as links have them; and as webhooks are allowed to go to: wildcards, any script, IPv6 without brackets. One with a
#: scheme or a port would match none, and nothing would say so.
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_HOSTS = re.compile(r"[^\s/@:\[\],]+|(?=.*:.*:)[0-9A-Fa-f:.*?]+")
_SECRET = ("control_token",)
#: (setting, whether a value of it fits, what completes "must be …")
_FORMS: tuple[tuple[str, Callable[[str], Any], str], ...] = (
    ("host", bool, "an address or a name"),
    ("public_base_url", lambda text: not text or is_origin(text), "an origin such as http://mock:4777, without a path"),
    ("control_token", _is_token, f"{OFF}, or at least {SHORTEST_TOKEN} printable ASCII characters without a space"),
    ("link_host", _HOST.fullmatch, "a name or address such as mock.test, without scheme and port"),
    (
        "allow_webhook_host",
        _HOSTS.fullmatch,
        "a name, an address or a pattern such as *.mock.test, without scheme and port",
    ),
)
