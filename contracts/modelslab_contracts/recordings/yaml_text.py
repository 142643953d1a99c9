"""YAML as cassettes are written in it: no type of their own is ever made, and no text is taken for a date or a truth value."""

from __future__ import annotations

import base64
import binascii
from functools import cache
from typing import Any


def load(text: bytes) -> Any:
    """The plain values of a text: texts, bytes, whole numbers, null, lists, mappings. Raises yaml.YAMLError, ValueError."""
    import yaml

    return yaml.load(text, Loader=_loader())  # noqa: S506 # made of the safe loader


def line_of(text: bytes, pointer: str) -> int:
    """The line on which the value at a pointer stands; 0 where that cannot be told (JSON that YAML does not read)."""
    import yaml

    try:
        node: Any = yaml.compose(text, Loader=_loader())
        for part in pointer.split("/")[1:]:
            if isinstance(node, yaml.MappingNode):
                node = next(value for key, value in node.value if key.value == part)
            else:
                node = node.value[int(part)]
    except (yaml.YAMLError, RecursionError, StopIteration, LookupError, ValueError, TypeError):
        return 0
    return int(node.start_mark.line) + 1


@cache
def _loader() -> Any:
    """The safe loader, libyaml's where there is one: Ruby's `!binary` is bytes, any other tag is the plain value under it."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # chosen at run time
        pass

    kept = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:int")
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag in kept]
        for first, rules in Loader.yaml_implicit_resolvers.items()
    }

    def binary(loader: Any, node: Any) -> bytes:
        try:
            return base64.b64decode("".join(loader.construct_scalar(node).split()))
        except (binascii.Error, ValueError):
            raise yaml.constructor.ConstructorError(
                None, None, "what is tagged as binary is no base64", node.start_mark
            ) from None

    def plain(loader: Any, _: str, node: Any) -> Any:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node)

    Loader.add_constructor("!binary", binary)
    Loader.add_multi_constructor("", plain)
    return Loader
