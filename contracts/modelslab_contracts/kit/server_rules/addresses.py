"""Ids and addresses: one id per job, and a fetch address that leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ...findings import shown
from ..field_names import fetch_url_name
from ..heard import call_paths
from ..road import Road, Said
from ..server_rule import Broken, rule

_PAGE = "the endpoint's page: id and fetch_result of the answer to a submit"


def _fetch_told_an_id(road: Road) -> bool:
    """A job's order was answered with an id, and so was a fetch of it"""
    return road.submit is not None and bool(road.submit.id_told) and any(each.id_told for each in road.fetches if each.word)


@rule("server/changes-the-id-of-a-job", when=_fetch_told_an_id, basis=_PAGE)
def id_changes(road: Road) -> Iterator[Broken]:
    for each in road.fetches:
        if each.word and each.id_told and each.id_told != road.id:
            yield Broken(each, "/id", f"{road.id}, as the submit was answered", shown(each.member("id")))
            return


def _named_an_address(road: Road) -> bool:
    """A processing answer to an order named an id and an address to fetch from"""
    step = road.submit
    return step is not None and step.word == "processing" and bool(step.id_told) and isinstance(step.fetch_address, str)


@rule(
    "server/names-an-address-that-is-no-fetch",
    when=_named_an_address,
    basis=_PAGE,
    masked_by=("server/answers-a-value-of-another-type",),
)
def address(road: Road) -> Iterator[Broken]:
    step = road.submit
    assert step is not None
    told = step.fetch_address
    if _leads_to(told, step) != step.id_told:
        wanted = " or ".join(each.path.replace("{id}", step.id_told) for each in road.endpoint.fetches)
        yield Broken(step, f"/{fetch_url_name(road.endpoint)}", f"an address of {wanted}", shown(told, 200))


def _leads_to(address: str, step: Said) -> str | None:
    """The id that a fetch address leads to; that of the job itself where the id is sent in the body; None for no fetch."""
    try:
        path = urlsplit(address).path.rstrip("/")
    except ValueError:
        return None
    for kind, pattern in call_paths(step.endpoint):
        if kind == "fetch" and pattern.fullmatch(path):
            by_body = any(each.path == path and each.id_in == "body" for each in step.endpoint.fetches)
            return step.id_told if by_body else path.rpartition("/")[2]
    return None
