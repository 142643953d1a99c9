"""What a path that no contract has was probably meant to be: the ways in which people get an address wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .endpoint import Call, Endpoint
from .nearest import nearest

#: The vendor's other calls, by a word of their path: asking for them is no mistake, they are just not among ours.
_SIBLINGS = re.compile(
    r"/api/(?:v7|v[45])/|/(?:img2img|inpaint|controlnet|model_list|model_reload|super_resolution|dreambooth|interior"
    r"|system_details|get_all_models|schedulers_list|restart_server|wallet_balance|delete_image|assets_generated"
    r"|base64_to_url|text2video|img2video|voice|finetune_list|load_model)(?:/|$)"
)
#: Those of them that look like one of ours with a part too many or under another version.
_LIKE_OURS = re.compile(
    r"^/api/(?:v[57]/images/fetch|v7/images/(?:text-to-image|image-to-image)"
    r"|v1/enterprise/(?:realtime|flux|flux-klein|pony|qwen|z-image-turbo))(?:/|$)"
)
_VERSION = re.compile(r"/v[0-9]+(?=/)")
_ORIGIN = "base_url must be an origin such as http://127.0.0.1:4777, without a path"

_ANOTHER = "one of the vendor's other calls, not among the five endpoints emulated here (see modelslab-mock specs list)"


class Place(NamedTuple):
    """A call of a contract."""

    endpoint: Endpoint
    call: Call


class Advice(NamedTuple):
    """What is to be said of a path that no contract has: the call it is nearest to (if any), and a sentence."""

    place: Place | None
    says: str


def advise(path: str, endpoints: Iterable[Endpoint]) -> Advice:
    """The nearest call and a sentence for an unknown path: the first explanation that fits, the surest first."""
    places = {call.path: Place(endpoint, call) for endpoint in _defaults_last(endpoints) for call in endpoint.calls}
    for explanation in (_untidy, _twice, _too_much_before, _too_little, _like_ours, _other_version, _id_amiss, _sibling, _like):
        if (found := explanation(path, places)) is not None:
            return found
    return Advice(None, "no contract has this path (see modelslab-mock specs list)")


Places = Mapping[str, Place]


def _untidy(path: str, places: Places) -> Advice | None:
    if (bare := path.strip()) != path and (place := place_at(bare, places)):
        return Advice(place, f"there is white space around the path: {place.call.path}")
    tidy = re.sub(r"/{2,}", "/", path).rstrip("/")
    if tidy != path.rstrip("/") and (place := place_at(tidy, places)):
        return Advice(place, "the path has a slash too many: does base_url end in one, and the path begin with one?")
    if place := place_at(tidy.lower(), places):
        return Advice(place, f"paths are in lower case: {place.call.path}")
    return None


def _twice(path: str, places: Places) -> Advice | None:
    if len(re.findall("/api(?=/)", path)) < 2:  # once is right
        return None
    return Advice(place_at(path[path.rindex("/api/") :], places), f"the path holds /api/ twice: {_ORIGIN}")


def _too_much_before(path: str, places: Places) -> Advice | None:
    at = path.find("/api/")
    if at > 0 and (place := place_at(path[at:], places)):
        return Advice(place, f"{path[:at]} stands before {path[at:]}: {_ORIGIN}")
    once = re.sub(r"(/v[0-9]+)(?:/v[0-9]+)+(?=/)", r"\1", path)
    if once != path and (place := place_at(once, places)):
        return Advice(place, f"the version stands there twice: {_ORIGIN}")
    return None


def _too_little(path: str, places: Places) -> Advice | None:
    for known, place in places.items():
        head = known.partition("{")[0]
        for before in ("/api", _before_words(head)):
            if before and (place_at(before + path, places) is place):
                return Advice(place, f"{before} is missing before it")
    return None


def _before_words(path: str) -> str:
    """The part of a known path up to and with its version."""
    found = _VERSION.search(path)
    return path[: found.end()] if found else ""


def _other_version(path: str, places: Places) -> Advice | None:
    given = _VERSION.search(path)
    if not given:
        return None
    for place in places.values():
        if (right := _VERSION.search(place.call.path)) and place_at(_VERSION.sub(right[0], path, count=1), places) is place:
            return Advice(place, f"the version is {right[0][1:]} there, not {given[0][1:]}")
    return None


def _id_amiss(path: str, places: Places) -> Advice | None:
    for known, place in places.items():
        head, brace, _ = known.partition("{")
        if brace and path.rstrip("/") == head.rstrip("/"):
            return Advice(place, f"the id is missing: {known}")
        if brace and path.startswith(head) and "/" in path[len(head) :]:
            return Advice(place, f"something stands behind the id: {known}")
    return None


def _like_ours(path: str, _: Places) -> Advice | None:
    return Advice(None, _ANOTHER) if _LIKE_OURS.search(path) else None


def _sibling(path: str, _: Places) -> Advice | None:
    return Advice(None, _ANOTHER) if _SIBLINGS.search(path) else None


def _like(path: str, places: Places) -> Advice | None:
    close = nearest(path, places)
    if close is None:
        return None
    wrong = [(a, b) for a, b in zip(path.split("/"), close.split("/"), strict=False) if a != b and "{" not in b]
    which = f": {wrong[0][0]!r} should be {wrong[0][1]!r}" if len(wrong) == 1 and path.count("/") == close.count("/") else ""
    return Advice(places[close], f"no contract has this path; the nearest is {close}{which}")


def place_at(path: str, places: Places) -> Place | None:
    """The call at a path, where an id may stand for {id}; None where there is none."""
    path = path.rstrip("/")
    if path in places:
        return places[path]
    before, slash, last = path.rpartition("/")
    with_id = {known.partition("{")[0]: place for known, place in places.items() if "{" in known}
    return with_id.get(before + slash) if last else None


def _defaults_last(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """So that where two contracts share a path, the one without a selector is the one that stays."""
    return sorted(endpoints, key=lambda each: each.selector is None)
