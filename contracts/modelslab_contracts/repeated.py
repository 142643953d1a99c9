"""Names that stand twice in one mapping: readers of YAML and JSON take the last of them and say nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .json_pointer import escaped


class Repeated(NamedTuple):
    """A name that was there before: its JSON pointer, the name, its line."""

    pointer: str
    name: str
    line: int


def repeated_names(text: bytes) -> Iterator[Repeated]:
    """Every name of YAML (or JSON) text that stands in its mapping for the second or a later time."""
    import yaml

    def walk(node: Any, pointer: str) -> Iterator[Repeated]:
        if id(node) in walked:
            return
        walked.add(id(node))
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, value in node.value:
                name = str(key.value)
                below = f"{pointer}/{escaped(name)}"
                if name in seen and name != "<<":  # several merges are several parents
                    yield Repeated(below, name, key.start_mark.line + 1)
                seen.add(name)
                yield from walk(value, below)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                yield from walk(value, f"{pointer}/{index}")

    walked: set[int] = set()
    if text.lstrip().startswith(b"{"):
        text = text.replace(b"\t", b" ")  # JSON may be indented with them; PyYAML without libyaml stumbles
    try:
        root = yaml.compose(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except (yaml.YAMLError, UnicodeDecodeError):
        return  # JSON that YAML cannot read, such as a pair of surrogates
    yield from walk(root, "")
