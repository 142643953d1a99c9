"""The line of every value in JSON text. A large document has more of them than a YAML reader can find in a moment."""

from __future__ import annotations

import re
from functools import lru_cache

import orjson

from .json_pointer import escaped

_TOKEN = re.compile(rb'("(?:[^"\\]|\\.)*")(\s*:)?|[{}\[\],]')


def lines_of_json(text: bytes) -> dict[str, int]:
    """JSON pointer -> line, of text that is known to be JSON. A member stands where its name does."""
    line, seen = 1 + text[: len(text) - len(text.lstrip())].count(b"\n"), len(text) - len(text.lstrip())
    lines = {"": line}
    #: Pointers to the open objects and lists, the innermost last; beside it the index of a list's next item, or -1.
    open_: list[tuple[str, int]] = []
    pointer, index = "", -1
    last = 0
    for token in _TOKEN.finditer(text):
        start = token.start()
        line += text.count(b"\n", seen, start)
        seen = start
        mark = text[start]
        if token[2] is not None:  # a name
            pointer = f"{open_[-1][0]}/{_name(token[1])}"
            lines[pointer] = line
        elif mark in b"{[":
            if index >= 0:
                pointer = f"{open_[-1][0]}/{index}"
                lines[pointer] = line
                open_[-1] = open_[-1][0], index
            index = 0 if mark == 0x5B else -1
            open_.append((pointer, index))
        elif mark == 0x22:
            if index >= 0:
                lines[f"{open_[-1][0]}/{index}"] = line
        else:  # the end of an item, which may be a number or a word
            between = text[last:start] if index >= 0 else b""
            if item := between.lstrip():
                lines[f"{open_[-1][0]}/{index}"] = line - item.count(b"\n")
            if mark == 0x2C and index >= 0:
                index += 1
                open_[-1] = open_[-1][0], index
            elif mark != 0x2C:
                open_.pop()
                index = open_[-1][1] if open_ else -1
        last = token.end()
    return lines


@lru_cache(maxsize=4096)
def _name(token: bytes) -> str:
    return escaped(token[1:-1].decode("utf-8", "replace") if b"\\" not in token else str(orjson.loads(token)))
