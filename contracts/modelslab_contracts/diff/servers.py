"""Where a document says that its service is: the URLs of its servers, and the part of every path that stands in them."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..lint_subject import Place, mapping


def addresses(place: Place | None) -> list[str]:
    """The URLs of servers, their variables at their defaults."""
    listed = place[1].get("servers") if place else None
    found = []
    for each in listed if isinstance(listed, list) else ():
        url = str(mapping(each).get("url", ""))
        for name, variable in mapping(mapping(each).get("variables")).items():
            url = url.replace(f"{{{name}}}", str(mapping(variable).get("default", "")))
        found.append(url.rstrip("/"))
    return found


def base(place: Place | None) -> str:
    """The path that all servers share, before every path of the document; "" where they do not agree."""
    paths = {_path(each) for each in addresses(place)}
    return paths.pop() if len(paths) == 1 else ""


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
