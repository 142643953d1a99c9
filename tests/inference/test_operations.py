"""Where the calls of a foreign document are: behind the path of whichever server is the nearest to them."""

from __future__ import annotations

from typing import Any

import pytest

from modelslab_contracts.document import Document
from modelslab_contracts.inference.operations import operations

BY_DEFAULT = {"url": "https://{host}/{version}/", "variables": {"version": {"default": "v2"}}}


@pytest.mark.parametrize(
    ("root", "item", "call", "path"),
    [
        ([], [], [], "/light"),
        (["https://lamps.example/v1/"], [], [], "/v1/light"),
        (["/v1", "/v2"], [], [], "/v1/light"),
        (["/v1"], ["/v2"], [], "/v2/light"),
        (["/v1"], ["https://lamps.example"], [], "/light"),
        (["/v1"], ["/v2"], ["/v3"], "/v3/light"),
        ([BY_DEFAULT], [], [], "/v2/light"),
        (["{base_url}"], [], [], "/light"),
        (["https://[no-address/v1"], [], [], "/light"),
        ("none", [3], None, "/light"),
    ],
)
def test_the_nearest_server_counts(root: Any, item: Any, call: Any, path: str) -> None:
    def named(servers: Any) -> Any:
        listed = [{"url": each} if isinstance(each, str) else each for each in servers or ()] if servers != "none" else servers
        return {"servers": listed}

    light = {"responses": {}, **named(call)}
    document = Document("lamps", "lamps.yaml", b"", {**named(root), "paths": {"/light": {"post": light, **named(item)}}})
    assert [each.path for each in operations(document)] == [path]
