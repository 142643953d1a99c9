"""The shape documents served in this process, and a judge that knows nothing of inference: the reference engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jsonschema
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from modelslab_contracts.endpoint import Call, Endpoint
from modelslab_contracts.inference.drafts import bare
from modelslab_contracts.json_pointer import escaped
from modelslab_contracts.lint_subject import mapping
from modelslab_contracts.loading import Loaded, load
from modelslab_mock.app import App
from modelslab_mock.log import Log
from modelslab_mock.messages import Request, Response
from modelslab_mock.serve import make_app
from modelslab_mock.settings import make_settings

SHAPES = Path(__file__).parent.parent / "shapes"
ORIGIN = "http://127.0.0.1:4777"


def served(*paths: str, clock: str = "auto") -> App:
    """An emulator of the documents at these paths."""
    settings = make_settings({"quiet": True, "clock": clock, "spec": list(paths)}, {}, None)
    return make_app(settings, seed=1, origin=ORIGIN, started=0.0, log=Log(quiet=True))


@cache
def world() -> App:
    """One for all shape documents; what is asked by one key is nothing to another."""
    return served(str(SHAPES))


def inferred() -> Iterator[Endpoint]:
    """The endpoints of the shape documents."""
    return (each for each in world().endpoints.values() if SHAPES.name in Path(each.document.file).parts)


class Judge:
    """Whether answers are as the documents say."""

    def __init__(self, documents: tuple[Loaded, ...]) -> None:
        self._documents = documents

    def why_not(self, call: Call, response: Response, file: str) -> str:
        """Why the response of a call is not one that the document in `file` declares; "" when it is."""
        document = next(each.document for each in self._documents if each.file == file)
        for path, item in document.root["paths"].items():
            for method, node in item.items():
                if method.upper() == call.method and bare(call.path).endswith(bare(path)) and "responses" in node:
                    return self._why_not(document, f"/paths/{escaped(path)}/{method}", node, response)
        return f"{file} has no {call.method} {call.path}"

    def _why_not(self, document: Any, pointer: str, node: Mapping[str, Any], response: Response) -> str:
        names = (str(response.status), f"{response.status // 100}XX", "default")
        name = next((each for each in names if each in node["responses"]), None)
        if name is None:
            return f"status {response.status} is not declared"
        told = document.resolve(node["responses"][name])
        media = mapping(mapping(told.get("content")).get("application/json"))
        if "schema" not in media:
            return ""
        at = f"{pointer}/responses/{name}" if "$ref" not in node["responses"][name] else node["responses"][name]["$ref"][1:]
        schema = {"$ref": f"urn:document#{quote(at + '/content/application~1json/schema')}"}
        registry: Any = Registry().with_resource("urn:document", DRAFT202012.create_resource(document.root))
        validator = jsonschema.Draft202012Validator(schema, registry=registry)
        found = next(validator.iter_errors(json.loads(response.body)), None)
        return "" if found is None else f"{response.status}: {found.message}"


@cache
def judge() -> Judge:
    """The judge of the shape documents."""
    return Judge(load(SHAPES).documents)


def ask(app: App, call: Call, path: str, key: str, body: Mapping[str, Any]) -> Response:
    """Send a request as a client of the call would: by query, as a form or as JSON, the key where the document wants it."""
    headers = {"host": "127.0.0.1:4777", "content-type": "application/json"}
    fields = dict(body)
    if "authorization" in call.key_headers:
        headers["authorization"] = f"Bearer {key}"
    elif call.needs_key:
        fields["key"] = key
    if call.method in ("GET", "DELETE"):
        return app.handle(
            Request(call.method, path, headers, b"", urlencode({k: plain(v) for k, v in fields.items() if v is not None})), 0.0
        )
    return app.handle(Request(call.method, path, headers, json.dumps(fields).encode()), 0.0)


def plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def path_of(url: str) -> str:
    """The path of a link that leads here."""
    assert url.startswith(ORIGIN), url
    return urlsplit(url).path
