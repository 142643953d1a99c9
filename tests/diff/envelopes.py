"""Pairs of documents whose envelopes differ in one thing, with the row for that and the row for the way back."""

from __future__ import annotations

from typing import Any

from .documents import document

_JSON = {"application/json": {"schema": {"type": "object"}}}
_FORM = {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}
_TAKEN = {"200": {"description": "An answer.", "content": _JSON}}
PLAIN = document()


def _parameter(**more: Any) -> dict[str, Any]:
    return document(parameters=[{"name": "q", "in": "query", "schema": {"type": "string"}, **more}])


def _answers(**more: Any) -> dict[str, Any]:
    return document(responses={**_TAKEN, **more})


def _header(**headers: Any) -> dict[str, Any]:
    return document(responses={"200": {**_TAKEN["200"], "headers": headers}})


def _without_body() -> dict[str, Any]:
    root = document()
    del root["paths"]["/draw"]["post"]["requestBody"]
    return root


def _with_call() -> dict[str, Any]:
    root = document()
    root["paths"]["/stop"] = {"post": {"responses": _TAKEN}}
    return root


_CALLBACK = {"ended": {"{$request.body#/webhook}": {"post": {"requestBody": {"content": _JSON}, "responses": {}}}}}
_AFTER = {"Retry-After": {"schema": {"type": "integer"}}}
_ALWAYS = {"Retry-After": {"required": True, "schema": {"type": "integer"}}}

#: rule, old, new, rule of the way back
ENVELOPES: list[tuple[str, Any, Any, str]] = [
    ("operation-removed", _with_call(), PLAIN, "operation-added"),
    ("required-parameter-added", PLAIN, _parameter(required=True), "parameter-removed"),
    ("optional-parameter-added", PLAIN, _parameter(), "parameter-removed"),
    ("parameter-became-required", _parameter(), _parameter(required=True), "parameter-became-optional"),
    ("body-became-required", _without_body(), PLAIN, "body-removed"),
    ("optional-body-added", _without_body(), document(requestBody={"content": _JSON}), "body-removed"),
    ("body-became-required", document(requestBody={"content": _JSON}), PLAIN, "body-became-optional"),
    (
        "request-media-type-removed",
        document(requestBody={"required": True, "content": {**_JSON, **_FORM}}),
        PLAIN,
        "request-media-type-added",
    ),
    ("success-status-removed", _answers(**{"202": {"description": "Queued."}}), PLAIN, "success-status-added"),
    ("error-status-added", PLAIN, _answers(**{"429": {"description": "Slower."}}), "error-status-removed"),
    (
        "response-media-type-removed",
        _answers(**{"200": {"description": "An answer.", "content": {**_JSON, **_FORM}}}),
        PLAIN,
        "response-media-type-added",
    ),
    ("required-header-removed", _header(**_ALWAYS), _header(), "header-added"),
    ("optional-header-removed", _header(**_AFTER), _header(), "header-added"),
    ("header-became-optional", _header(**_ALWAYS), _header(**_AFTER), "header-became-required"),
    ("callback-removed", document(callbacks=_CALLBACK), PLAIN, "callback-added"),
]
