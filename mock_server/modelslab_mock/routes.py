"""From a path to the calls of the contracts that share it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from modelslab_contracts.endpoint import Call, Endpoint


class Match(NamedTuple):
    """The calls at a path, with the id where the path holds one. All are of one kind."""

    calls: tuple[tuple[Endpoint, Call], ...]
    id_text: str | None
    reads_query: bool
    #: The calls of each method, where the path has others than POST.
    by_method: Mapping[str, Match] | None = None

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that the path has."""
        return tuple(self.by_method) if self.by_method is not None else (self.calls[0][1].method,)

    def of(self, method: str) -> Match:
        """The calls of a method, which know all of the path's; those of another method when there are none."""
        if self.by_method is None or method not in self.by_method:
            return self
        return self.by_method[method]._replace(id_text=self.id_text, by_method=self.by_method)

    @property
    def kind(self) -> str:
        """submit, fetch or plain."""
        return self.calls[0][1].kind

    def select(self, fields: Mapping[str, Any]) -> tuple[Endpoint, Call]:
        """The one that the body's selector field chooses; without one, or for unreadable bodies, the URL's default."""
        default = self.calls[0]
        for endpoint, call in self.calls:
            if endpoint.selector is None:
                default = (endpoint, call)
            elif (value := fields.get(endpoint.selector[0])) is not None and endpoint.selector[1].search(_as_text(value)):
                return endpoint, call
        return default


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()


def _match(calls: list[tuple[Endpoint, Call]]) -> Match:
    by_method: dict[str, list[tuple[Endpoint, Call]]] = {}
    for each in calls:
        by_method.setdefault(each[1].method, []).append(each)
    plain = [Match(tuple(held), None, any(call.reads_query for _, call in held)) for held in by_method.values()]
    if list(by_method) == ["POST"]:
        return plain[0]
    return plain[0]._replace(by_method=dict(zip(by_method, plain, strict=True)))


class Routes:
    """The paths of all contracts."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        exact: dict[str, list[tuple[Endpoint, Call]]] = {}
        # The contract without a selector is its URL's default and stands first.
        for endpoint in sorted(endpoints, key=lambda each: each.selector is not None):
            for call in endpoint.calls:
                # A parameter may have another name in each document.
                exact.setdefault(re.sub(r"\{[^{}]*\}", "{id}", call.path), []).append((endpoint, call))
        self._exact = {path: _match(calls) for path, calls in exact.items() if "{" not in path}
        last = {path: calls for path, calls in exact.items() if _ID_LAST.fullmatch(path)}
        self._before_id = {path.partition("{")[0]: _match(calls) for path, calls in last.items()}
        inside = {path: calls for path, calls in exact.items() if "{" in path and path not in last}
        self._inside = [(_pattern(path), _match(calls)) for path, calls in inside.items()]

    def find(self, path: str) -> Match | None:
        """The calls at `path`; a trailing slash does not matter."""
        match = self._exact.get(path)
        if match is not None:
            return match
        path = path.rstrip("/")
        if (match := self._exact.get(path)) is not None:
            return match
        before, slash, last = path.rpartition("/")
        match = self._before_id.get(before + slash)
        if match:
            return match._replace(id_text=last)
        for pattern, inner in self._inside:
            if found := pattern.fullmatch(path):
                return inner._replace(id_text=found[found.lastindex or 0])
        return None


_ID_LAST = re.compile(r"[^{}]*/\{id\}")


def _pattern(path: str) -> re.Pattern[str]:
    """What matches the paths of a template."""
    return re.compile("([^/]+)".join(map(re.escape, path.split("{id}"))))
