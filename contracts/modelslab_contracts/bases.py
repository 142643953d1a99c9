"""Where the calls of a document are: the addresses of its servers, and the path that may stand in those or in each call's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .lint_subject import mapping

_SLOT = re.compile(r"\{[^}]*\}")


def addresses(node: Mapping[str, Any]) -> list[str]:
    """The URLs of the servers that a document, path or call names, their variables at their defaults."""
    listed = node.get("servers")
    found = []
    for each in listed if isinstance(listed, list) else ():
        url = str(mapping(each).get("url", ""))
        for name, variable in mapping(mapping(each).get("variables")).items():
            url = url.replace(f"{{{name}}}", str(mapping(variable).get("default", "")))
        found.append(url.rstrip("/"))
    return found


def moved_bases(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, str]:
    """The paths of either document's servers where a part of them stands in the paths of the other's calls; else none.

    `https://api.example/v1` and `/draw` is where `https://api.example` and `/v1/draw` is: nobody who calls it notices.
    """
    bases = _base(old), _base(new)
    paths = [{*mapping(root.get("paths"))} for root in (old, new)]
    whole = [{bare(base + path) for path in some} for base, some in zip(bases, paths, strict=True)]
    return bases if bases[0] != bases[1] and not paths[0] & paths[1] and whole[0] & whole[1] else ("", "")


def bare(path: str) -> str:
    """A path without the names of its parameters, which are not on the wire."""
    return _SLOT.sub("{}", path)


def base_of(url: str) -> str:
    """The path of a server's URL, without variables that nobody gave a value; "" for what is none."""
    try:
        return urlsplit(_SLOT.sub("", url)).path.rstrip("/")
    except ValueError:
        return ""


def _base(root: Mapping[str, Any]) -> str:
    found = {*map(base_of, addresses(root))}
    return found.pop() if len(found) == 1 else ""
