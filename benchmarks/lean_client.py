"""The careful client on http.client: how fast it is checked says more of the kit, and less of what the client is made of."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from tests.liars.careful import Careful

from modelslab_contracts.endpoint import Endpoint


class Answer(NamedTuple):
    """What a careful client reads of an answer."""

    status_code: int
    headers: http.client.HTTPMessage
    content: bytes


class Lean(Careful):
    """See Careful. It keeps one connection for each host."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self.connections: dict[tuple[str, str], http.client.HTTPConnection] = {}

    def post(self, url: str, body: Mapping[str, Any]) -> Any:
        """As the careful client posts, with its errors."""
        where = urlsplit(url)
        kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
        # Callers may come at the same time, and a connection is for one of them.
        connection = self.connections.pop((where.scheme, where.netloc), None) or kind(where.netloc, timeout=30)
        try:
            connection.request("POST", where.path, json.dumps(body), {"content-type": "application/json"})
            came = connection.getresponse()
            answer = Answer(came.status, came.headers, came.read())
        except (OSError, http.client.HTTPException) as problem:
            connection.close()
            raise requests.ConnectionError(str(problem)) from problem
        self.connections[where.scheme, where.netloc] = connection
        return answer
