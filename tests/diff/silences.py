"""Pairs of schemas that hold the same values and are not the same promise."""

from __future__ import annotations

from typing import Any

from .documents import document

_CAT, _DOG = ({"type": "object", "properties": {"kind": {"const": each}}, "required": ["kind"]} for each in ("cat", "dog"))
CAGE = {"Cat": _CAT, "Dog": _DOG, "Fish": {"type": "object", "properties": {"kind": {}, "fins": {}}}}
_BASE64 = {"type": "string", "contentEncoding": "base64"}
_TEXT = {"type": "string"}


def asks(schema: Any, **more: Any) -> dict[str, Any]:
    return document(asks={"type": "object", "properties": {"x": schema}}, components=CAGE, **more)


def answers(schema: Any, **more: Any) -> dict[str, Any]:
    return document(answers={"type": "object", "properties": {"x": schema}}, components=CAGE, **more)


def mock(schema: Any, **words: Any) -> dict[str, Any]:
    return {**schema, "x-mock": {"source": "a page", "certainty": "stated", **words}}


def kinds(word: str = "kind", **names: str) -> dict[str, Any]:
    mapping = {value: f"#/components/schemas/{name}" for value, name in names.items()}
    said = {"propertyName": word, **({"mapping": mapping} if mapping else {})}
    return {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}], "discriminator": said}


def _call(**words: Any) -> dict[str, Any]:
    said: Any = {"x-mock": {"source": "a page", "certainty": "stated", **words}}
    return document(**said)


_TOLD = kinds(a="Cat", b="Dog")
_MOST = {"type": "integer", "maximum": 20}
_PLAIN = kinds()
_UNTOLD = {"oneOf": _PLAIN["oneOf"]}

#: rule, old, new, rule of the way back ("" for none, with a reason in WAIVED)
SILENCES: list[tuple[str, Any, Any, str]] = [
    ("request-format-added", asks(_TEXT), asks({**_TEXT, "format": "uri"}), "request-format-removed"),
    ("request-format-changed", asks({**_TEXT, "format": "email"}), asks({**_TEXT, "format": "uri"}), "request-format-changed"),
    ("response-format-added", answers(_TEXT), answers({**_TEXT, "format": "uri"}), "response-format-removed"),
    (
        "response-format-changed",
        answers({**_TEXT, "format": "email"}),
        answers({**_TEXT, "format": "uri"}),
        "response-format-changed",
    ),
    ("request-content-added", asks(_TEXT), asks(_BASE64), "request-content-removed"),
    ("request-content-changed", asks({**_TEXT, "contentEncoding": "base32"}), asks(_BASE64), "request-content-changed"),
    ("response-content-changed", answers({**_TEXT, "format": "uri"}), answers(_BASE64), "response-content-changed"),
    ("request-field-read-only", asks(_TEXT), asks({**_TEXT, "readOnly": True}), "request-field-writable"),
    ("response-field-write-only", answers(_TEXT), answers({**_TEXT, "writeOnly": True}), "response-field-readable"),
    ("field-deprecated", asks(_TEXT), asks({**_TEXT, "deprecated": True}), "field-no-longer-deprecated"),
    ("discriminator-added", asks(_UNTOLD), asks(kinds()), "discriminator-removed"),
    ("discriminator-changed", answers(kinds()), answers(kinds("sort")), "discriminator-changed"),
    ("discriminator-changed", asks(_TOLD), asks(kinds(a="Cat", b="Cat")), "discriminator-changed"),
    ("request-discriminator-value-removed", asks(_TOLD), asks(kinds(a="Cat")), "request-discriminator-value-added"),
    ("response-discriminator-value-added", answers(kinds(a="Cat")), answers(_TOLD), "response-discriminator-value-removed"),
    ("request-default-changed", asks({**_TEXT, "default": "a"}), asks({**_TEXT, "default": "b"}), "request-default-changed"),
    ("request-default-changed", asks({"default": None}), asks({}), "request-default-changed"),
    ("cap-removed", asks(mock(_MOST, **{"above-maximum": "cap"})), asks(mock(_MOST)), "cap-added"),
    ("excuse-removed", asks(mock(_MOST, excused=[21])), asks(mock(_MOST)), "excuse-added"),
    ("appended-text-changed", asks(mock(_TEXT, appends=", sharp")), asks(mock(_TEXT, appends=", 4k")), "appended-text-changed"),
    (
        "binding-changed",
        answers(mock(_TEXT, **{"from": "job.id"})),
        answers(mock(_TEXT, **{"from": "job.eta"})),
        "binding-changed",
    ),
    ("dialect-changed", answers(mock(_TEXT)), answers(mock(_TEXT, profile="observed")), "dialect-changed"),
    ("literal-changed", answers(mock({"default": "a"})), answers(mock({"default": "b"})), "literal-changed"),
    ("certainty-changed", asks(mock(_TEXT)), asks(mock(_TEXT, certainty="assumed")), "certainty-changed"),
    ("assumption-changed", asks(mock(_MOST)), asks(mock(_MOST, assumed=["maximum"], why="So.")), "assumption-changed"),
    ("file-name-changed", _call(), _call(**{"file-name": "{prefix}-{index}.png"}), "file-name-changed"),
    ("selection-changed", _call(**{"selected-by": {"x": "^a"}}), _call(**{"selected-by": {"x": "^b"}}), "selection-changed"),
    ("query-not-read", _call(**{"also-in": "query"}), _call(), "query-read"),
]


def _named(name: str, schema: Any = _MOST, *, required: bool = False, **words: Any) -> dict[str, Any]:
    fields = {"p": _TEXT, name: {**schema, **words}}
    return {"type": "object", "properties": fields, "required": [name] if required else []}


_TOLD_ALIKE: Any = {"description": "How closely to follow the prompt."}

#: Fields under another name.
RENAMES: list[tuple[str, Any, Any, str]] = [
    (
        "request-field-renamed",
        document(asks=_named("guidance_scale", **_TOLD_ALIKE)),
        document(asks=_named("cfg", **_TOLD_ALIKE)),
        "request-field-renamed",
    ),
    (
        "request-field-renamed",
        document(asks=_named("guidance_scale", required=True, **_TOLD_ALIKE)),
        document(asks=_named("cfg", required=True, **_TOLD_ALIKE)),
        "request-field-renamed",
    ),
    (
        "request-field-renamed",
        document(asks=_named("sampler", {"enum": ["a", "b"]})),
        document(asks=_named("scheduler", {"enum": ["b", "a"]})),
        "request-field-renamed",
    ),
    (
        "response-field-renamed",
        document(answers={"oneOf": [_named("nsfw", required=True, **_TOLD_ALIKE), {"type": "string"}]}),
        document(answers={"oneOf": [_named("unsafe", required=True, **_TOLD_ALIKE), {"type": "string"}]}),
        "response-field-renamed",
    ),
    (
        "request-field-respelled",
        document(asks=_named("trackId", _TEXT)),
        document(asks=_named("track_id", _TEXT)),
        "request-field-respelled",
    ),
    (
        "response-field-respelled",
        document(answers=_named("messege", _TEXT, required=True)),
        document(answers=_named("message", _TEXT, required=True)),
        "response-field-respelled",
    ),
]

#: Two ways to say the same.
SAME_WORDS: list[tuple[Any, Any]] = [
    (asks({**_TEXT, "format": "uri", "default": "a"}), asks({"allOf": [{**_TEXT, "format": "uri", "default": "a"}]})),
    (
        answers({"type": ["string", "null"], "format": "uri"}),
        answers({"anyOf": [{"type": "null"}, {"type": "string", "format": "uri"}]}),
    ),
    (asks({**_TEXT, "format": "byte"}, version="3.0.3"), asks(_BASE64)),
    (asks({**_TEXT, "readOnly": False, "deprecated": False}), asks(_TEXT)),
    (asks(mock(_TEXT, source="another page", why="Because.")), asks(mock(_TEXT))),
    (asks(_TEXT), asks(mock(_TEXT, certainty="assumed", appends="x"))),
    (asks(kinds(a="Cat")), asks(kinds(a="Cat") | {"discriminator": {"propertyName": "kind", "mapping": {"a": "Cat"}}})),
]
