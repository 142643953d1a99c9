"""From a path to the calls of the contracts that share it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from modelslab_contracts.endpoint import Call, Endpoint


class Match(NamedTuple):
    """The calls at a path, with the id where the path holds one. All are of one kind."""

    calls: tuple[tuple[Endpoint, Call], ...]
    id_text: str | None
    reads_query: bool

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
            elif isinstance(value := fields.get(endpoint.selector[0]), str) and endpoint.selector[1].search(value):
                return endpoint, call
        return default


def _match(calls: list[tuple[Endpoint, Call]]) -> Match:
    return Match(tuple(calls), None, any(call.reads_query for _, call in calls))


class Routes:
    """The paths of all contracts."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        exact: dict[str, list[tuple[Endpoint, Call]]] = {}
        # The contract without a selector is its URL's default and stands first.
        for endpoint in sorted(endpoints, key=lambda each: each.selector is not None):
            for call in endpoint.calls:
                exact.setdefault(call.path, []).append((endpoint, call))
        self._exact = {path: _match(calls) for path, calls in exact.items() if "{" not in path}
        self._before_id = {path.partition("{")[0]: _match(calls) for path, calls in exact.items() if "{" in path}

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
        return match._replace(id_text=last) if match else None
