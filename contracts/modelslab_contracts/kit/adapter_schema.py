"""The JSON Schema of the lines between kit and adapter, made from the tables that read them."""

from __future__ import annotations

from typing import Any

from .adapter_lines import FLAGS, KINDS, TIMES, VERSION


def adapter_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of every line; whatever else an object holds is ignored."""
    lines = {
        "kit-hello": _line("hello", "The kit's first line.", ("v", "kit"), v=_V, kit=_text("the kit's version"), time=_TIME),
        "hello": _line("hello", "The adapter's first line, in answer to the kit's.", ("v",), v=_V, name=_text("of the client"),
                       version=_text("of the client"), language=_text('and its version, as "node 20"'), caps=_CAPS),
        "call": _line("call", "The kit asks for pictures.", ("seq", "endpoint", "base_url", "key", "request"), seq=_SEQ,
                      endpoint=_text('the endpoint that is checked; "" in the first call, where none was named'),
                      base_url=_text("the origin that stands for https://modelslab.com"), key=_text("the API key to use"),
                      request={"type": "object", "description": "what to ask for, without the key"}),
        "result": _RESULT,
        "cancel": _line("cancel", "The kit gives a call up, where the client can.", ("seq",), seq=_SEQ),
        "bye": _line("bye", "The last line: the adapter ends within five seconds."),
    }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Lines between modelslab-mock check-client and an adapter",
        "description": "One JSON object a line, UTF-8. hello and result go to stdout, all others come on stdin.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in lines],
        "$defs": lines,
    }


def _text(says: str) -> dict[str, Any]:
    return {"type": "string", "description": says}


def _line(op: str, says: str, needed: tuple[str, ...] = (), **members: Any) -> dict[str, Any]:
    properties = {"op": {"const": op}, **members}
    return {"type": "object", "description": says, "required": ["op", *needed], "properties": properties}


_V = {"const": VERSION, "description": "the version of the protocol"}
_SEQ = {"type": "integer", "minimum": 1, "description": "the number of the call"}
_TIME = {
    "type": "object",
    "description": 'the client\'s time: POST {"sleep": SECONDS} to the url instead of sleeping; read what time it is from the '
    "file, in seconds since 1970; MODELSLAB_TIME_URL and MODELSLAB_TIME_FILE are the same",
    "properties": {"url": {"type": "string"}, "file": {"type": "string"}},
}  # fmt: skip
_SAYS = {
    "polls": "it polls",
    "downloads": "it fetches the pictures and returns their bytes",
    "webhooks": "it takes webhooks",
    "exact_integers": "integers beyond 2^53 reach it as they are",
}
_CAPS = {
    "type": "object",
    "description": "what the client does at all: rules about what it does not do are not verified",
    "properties": {
        **{name: {"type": "boolean", "default": usual, "description": _SAYS[name]} for name, usual in FLAGS.items()},
        "defaults": {
            "type": "object",
            "default": {},
            "description": "members that the client sends unasked, each with its value; null for whichever",
        },
        "cancel": {"type": "boolean", "default": False, "description": "it can give a call up"},
        "virtual_time": {
            "enum": list(TIMES),
            "default": "none",
            "description": "; ".join(f"{word}: {says}" for word, says in TIMES.items()),
        },
    },
}
_PICTURE = {
    "anyOf": [
        _text("the picture's address"),
        *(
            {"type": "object", "required": [name], "properties": {name: _text(says)}}
            for name, says in (("url", "its address"), ("b64", "its bytes as base64"), ("path", "a file with its bytes"))
        ),
    ]
}
_RESULT = {
    **_line("result", "What came of a call.", ("seq", "kind"), seq=_SEQ,
            kind={"enum": list(KINDS), "description": "; ".join(f"{word}: {says}" for word, says in KINDS.items())},
            images={"type": "array", "items": _PICTURE}, message=_text("all that the error says"),
            reason=_text("why it was skipped"), context=_text("why it could not be made"),
            **{"class": _text("the error's type")}),
    "if": {"properties": {"kind": {"const": "images"}}},
    "then": {"required": ["images"]},
}  # fmt: skip
