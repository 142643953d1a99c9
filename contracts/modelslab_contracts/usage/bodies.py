"""Bodies and texts as a document's own words read them: JSON, fields of forms, media types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from ..exchange import Exchange

JSON = "application/json"
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


class _NoJson:
    """Stands for a body that is no JSON; null is a value."""


NO_JSON = _NoJson()


def json_of(raw: bytes) -> Any:
    """The value of a JSON text; NO_JSON for what is none."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return NO_JSON


def typed(value: Any, schema: Mapping[str, Any]) -> Any:
    """A text of a form or query as the type that its schema names, where it is one."""
    named = schema.get("type")
    kinds = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    if not isinstance(value, str) or "string" in kinds:
        return value
    if ("integer" in kinds or "number" in kinds) and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return {"true": True, "false": False}.get(value, value) if "boolean" in kinds else value


def media_type_of(exchange: Exchange) -> str:
    """The media type of a request; JSON where none was recorded."""
    return dict(exchange.request_headers).get("content-type", JSON)


def media_of(content: Mapping[str, Any], told: str) -> str | None:
    """The media type of a document under which a body is read; None where there is none."""
    kind = told.partition(";")[0].strip().lower()
    ranges = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    known = {each.partition(";")[0].strip().lower(): each for each in content}
    return next((known[each] for each in ranges if each in known), None)
