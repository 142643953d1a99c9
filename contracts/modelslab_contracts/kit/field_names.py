"""What an endpoint calls the members of its answers that every judge asks for."""

from __future__ import annotations

from functools import lru_cache

from ..endpoint import Endpoint


def flag_name(endpoint: Endpoint) -> str:
    """The name of the member that says whether a picture is not safe for work; "" where the endpoint has none."""
    return _name(endpoint, "success", "nsfw")


def links_name(endpoint: Endpoint) -> str:
    """The name of the member that holds the pictures' addresses."""
    return _name(endpoint, "success", "links")


def mirrors_name(endpoint: Endpoint) -> str:
    """The name of the member that holds the addresses of their mirrors; "" where the endpoint has none."""
    return _name(endpoint, "success", "proxy_links")


def eta_name(endpoint: Endpoint) -> str:
    """The name of the member that says how long a job takes."""
    return _name(endpoint, "processing", "eta")


def fetch_url_name(endpoint: Endpoint) -> str:
    """The name of the member that says where to ask next."""
    return _name(endpoint, "processing", "fetch_url")


@lru_cache(maxsize=256)
def _name(endpoint: Endpoint, answer: str, fact: str) -> str:
    fields = endpoint.submit.answers[answer].fields
    return next((each.name for each in fields if each.space == "job" and each.fact == fact), "")
