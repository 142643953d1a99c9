"""From a path to the calls of the contracts that share it, and from an unknown path to a sentence that helps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from modelslab_contracts.endpoint import Call, Endpoint
from modelslab_contracts.nearest import nearest

#: Words of the vendor's other calls: asking for them is no mistake in the path, they are just not among ours.
_SIBLINGS = re.compile(
    r"/api/(?:v7|v[45])/|/(?:img2img|inpaint|controlnet|model_list|model_reload|super_resolution|dreambooth|interior"
    r"|system_details|get_all_models|schedulers_list|restart_server|wallet_balance|delete_image|assets_generated"
    r"|base64_to_url|text2video|img2video|voice|finetune_list|load_model)(?:/|$)"
)


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
        self.paths = tuple(exact)
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

    def advise(self, path: str) -> str:
        """One sentence on an unknown path: a sibling call of the vendor, a doubled prefix, or the nearest known path."""
        if path.count("/api/") > 1:
            return "the path holds /api/ twice: base_url must be an origin such as http://127.0.0.1:4777, without a path"
        if _SIBLINGS.search(path):
            return "one of the vendor's other calls, not among the five endpoints emulated here (see modelslab-mock specs list)"
        close = nearest(path, self.paths)
        return (
            f"no contract has this path; the nearest is {close}"
            if close
            else "no contract has this path (see modelslab-mock specs list)"
        )
