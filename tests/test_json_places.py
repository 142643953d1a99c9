"""The lines of JSON, found by a scanner of our own, are those that a YAML reader finds."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from modelslab_contracts.document import Document
from modelslab_contracts.json_places import lines_of_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='ab"\\/~{}[],: \n'),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='ab"\\/~{}[],:', max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def by_yaml(text: str) -> dict[str, int]:
    """The same, by a reader that takes its time."""
    found: dict[str, int] = {}

    def note(node: Any, pointer: str) -> None:
        found.setdefault(pointer, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                below = f"{pointer}/{key.value.replace('~', '~0').replace('/', '~1')}"
                found[below] = key.start_mark.line + 1
                note(value, below)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                note(value, f"{pointer}/{index}")

    note(yaml.compose(text, Loader=yaml.SafeLoader), "")
    return found


@given(
    st.dictionaries(st.text(alphabet="ab/~", max_size=3), VALUES, max_size=4), st.sampled_from([None, 1, 2]), st.integers(0, 2)
)
def test_every_value_stands_on_its_line(root: Any, indent: int | None, above: int) -> None:
    text = "\n" * above + json.dumps(root, indent=indent)
    assert lines_of_json(text.encode()) == by_yaml(text)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('{\n\t"a":\t[\n1,\n[],\n{}]}', {"": 1, "/a": 2, "/a/0": 3, "/a/1": 4, "/a/2": 5}),
        ('\n{"\\ud83d\\ude00":\n{"x\\u002fy": 1}}', {"": 2, "/😀": 2, "/😀/x~1y": 3}),
        ('{"a": {}, "a":\n {"b": 1}}', {"": 1, "/a": 1, "/a/b": 2}),
    ],
)
def test_what_yaml_cannot_read_has_lines_too(text: str, lines: dict[str, int]) -> None:
    assert lines_of_json(text.encode()) == lines
    assert Document("a", "a.json", text.encode(), {}).line_of("/a/b/c") == lines.get("/a/b", lines.get("/a", lines[""]))
