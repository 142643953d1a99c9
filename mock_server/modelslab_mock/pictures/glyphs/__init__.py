"""Every character of the Basic Multilingual Plane and the emoji have a 16 pixel high bitmap here (GNU Unifont)."""

import struct
import zlib
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

HEIGHT = 16


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character's bitmap: 16 rows of `width` pixels, eight to a byte."""

    width: int
    rows: bytes
    back: int | None  # for a mark: how far from the end of the character before it begins; 0: at its beginning


class Table:
    """The glyphs of `unifont.bin`, found by character; `build.py` says how the file is laid out."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        (count,) = struct.unpack_from("<I", data)
        at = 4 + count * 8
        self._starts: list[int] = []
        self._runs: list[tuple[int, int, int, int]] = []
        for start, number, length, back in struct.iter_unpack("<IHBb", data[4:at]):
            self._starts.append(start)
            self._runs.append((start + number, length, back, at))
            at += number * length

    def find(self, character: str) -> Glyph | None:
        """The glyph, or None for a character the font has not."""
        code = ord(character)
        index = bisect_right(self._starts, code) - 1
        if index < 0:
            return None
        end, length, back, at = self._runs[index]
        if code >= end:
            return None
        begin = at + (code - self._starts[index]) * length
        return Glyph(length // 2, self._data[begin : begin + length], None if back < 0 else back)


@cache
def table() -> Table:
    """The one table, read when first asked for: some ten milliseconds a process that draws only Latin never spends."""
    return Table(zlib.decompress(files(__name__).joinpath("unifont.bin").read_bytes()))
