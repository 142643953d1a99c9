"""Every call of foreign documents by what it does: submits that make jobs, fetches that ask about them, and plain calls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Literal

from ..endpoint import Field
from ..lint_subject import mapping
from ..loading import Loaded
from .fields import KEY, fields_of, request_schema
from .names import FETCH, ID_FIELDS, ORDERS, ending_meant, ending_shown, fact_of
from .operations import Operation, operations
from .schemas import Schemas, examples
from .shapes import Shape, shapes

Kind = Literal["submit", "fetch", "plain"]
_PROMPTS = ("prompt", "webhook", "init_image", "text")


class Draft:
    """One foreign call with all that was read of it. Nothing is read before somebody asks."""

    def __init__(self, operation: Operation, schemas: Schemas, of: str) -> None:
        self.operation = operation
        self.schemas = schemas
        self.of = of

    @cached_property
    def place(self) -> str:
        """File and line."""
        return self.operation.place

    @cached_property
    def request(self) -> Mapping[str, Any]:
        """Everything that a request may hold, as one object schema."""
        return request_schema(self.operation, self.schemas)

    @cached_property
    def asks_for(self) -> Mapping[str, Any]:
        """The members of a request, by name."""
        return mapping(self.request.get("properties"))

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The field table of the request."""
        return fields_of(self.request, self.place)

    @cached_property
    def shapes(self) -> list[Shape]:
        """What is answered when all is well."""
        return shapes(self.operation, self.schemas)

    @cached_property
    def kind(self) -> Kind:
        """What the call does."""
        return "fetch" if self._is_fetch() else "submit" if self.why_a_job else "plain"

    @property
    def before(self) -> str:
        """Of a fetch: the address before the word that makes it one."""
        found = FETCH.match(self.operation.path)
        return found["before"] if found else self.operation.path.rpartition("/")[0]

    @property
    def id_in(self) -> Literal["path", "body"]:
        """Of a fetch: where the id is."""
        return "path" if self.operation.path.endswith("}") else "body"

    @property
    def id_field(self) -> str:
        """Of a fetch with the id in its body: the field that holds it."""
        return next((each for each in ID_FIELDS if each in self.asks_for), ID_FIELDS[0])

    def _is_fetch(self) -> bool:
        if self.operation.method not in ("POST", "GET") or not FETCH.match(self.operation.path):
            return False
        has_id = self.operation.path.endswith("}") or any(each in self.asks_for for each in ID_FIELDS)
        return has_id and not any(each in self.asks_for for each in _PROMPTS)

    @cached_property
    def why_a_job(self) -> str:
        """The sign that this call makes a job; "" for a plain call."""
        if self.operation.method not in ("POST", "PUT"):
            return ""
        if self.linked:
            return "it links to a fetch call"
        waiting = [each for each in self.shapes if "processing" in each.says]
        if waiting:
            if waiting[0].is_shared:
                return "one schema of its answers serves several statuses, processing among them"
            return "an example of its answers is processing" if waiting[0].is_bare else "one of its answers is processing"
        facts = {fact_of(name) for each in self.shapes for name in mapping(each.schema.get("properties"))}
        if any(each in self.asks_for for each in ORDERS) and (not facts or facts & {"links", "id"}):
            return "it takes a webhook"
        return ""

    @cached_property
    def linked(self) -> list[str]:
        """The operationIds that its answers link to."""
        return [
            str(link["operationId"])
            for status, response in self.operation.responses
            if status.startswith("2")
            for link in map(self.operation.resolved, mapping(response.get("links")).values())
            if "operationId" in link
        ]

    @property
    def callback(self) -> Mapping[str, Any] | None:
        """The schema of the body that its first callback sends."""
        for callback in mapping(self.operation.node.get("callbacks")).values():
            for item in self.operation.resolved(callback).values():
                body = self.operation.resolved(mapping(mapping(item).get("post")).get("requestBody"))
                media = next(iter(mapping(body.get("content")).values()), None)
                if isinstance(media, dict) and isinstance(media.get("schema"), dict):
                    return media
        return None

    @cached_property
    def ending(self) -> tuple[str, str]:
        """The ending of the files that its jobs make, and the sign that says so."""
        for link in self.links_shown("links", "future_links", "proxy_links"):
            if ending := ending_shown(link):
                return ending, f"an example shows {link.rpartition('/')[2][:40]}"
        texts = (self.operation.path, str(self.operation.node.get("summary", "")))
        if ending := ending_meant(*texts):
            return ending, "words of its address or summary"
        return "png", "nothing says otherwise"

    def links_shown(self, *facts: str) -> list[str]:
        """The links that examples of its answers show for these facts."""
        found: list[Any] = []
        for shape in self.shapes:
            for name, member in mapping(shape.schema.get("properties")).items():
                if fact_of(name) in facts:
                    found += [*examples(member), *examples(mapping(member).get("items", {}))]
                    found += [mapping(each).get(name) for each in shape.shown]
        return [
            each for listed in found for each in (listed if isinstance(listed, list) else [listed]) if isinstance(each, str)
        ]

    @cached_property
    def needs_key(self) -> bool:
        """Whether the call speaks of a key at all: in its body or query, in a header, or as a security scheme."""
        if KEY in self.asks_for or self.key_headers != (KEY,):
            return True
        return any(each.get("in") == "header" and str(each.get("name")).lower() == KEY for each in self.operation.parameters)

    @cached_property
    def key_headers(self) -> tuple[str, ...]:
        """The headers that the key may come in."""
        root = self.operation.document.root
        asked = self.operation.node.get("security", root.get("security"))
        schemes = mapping(mapping(root.get("components")).get("securitySchemes"))
        found = [KEY]
        for name in [name for each in (asked if isinstance(asked, list) else ()) for name in mapping(each)]:
            scheme = self.operation.resolved(schemes.get(name))
            if scheme.get("type") in ("http", "oauth2"):
                found.append("authorization")
            elif scheme.get("type") == "apiKey" and scheme.get("in") == "header":
                found.append(str(scheme.get("name")).lower())
        return tuple(dict.fromkeys(found))


def drafts(documents: Iterable[Loaded]) -> list[Draft]:
    """Every call of the documents, in their order. What a link leads to is a fetch, whatever its address."""
    found = []
    for loaded in documents:
        schemas = Schemas(loaded.document)
        own = [Draft(each, schemas, loaded.name) for each in operations(loaded.document)]
        linked = {name for each in own for name in each.linked}
        for each in own:
            if str(each.operation.node.get("operationId")) in linked:
                each.kind = "fetch"
        found += own
    return found


def bare(path: str) -> str:
    """A path whose parameters have no names, so that two spellings of one address are the same."""
    return re.sub(r"\{[^{}]*\}", "{}", path)
