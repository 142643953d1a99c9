"""Two faces set all text: Pillow's own for plain Latin, and the bitmaps of GNU Unifont for every other script.

Pillow's is the handsomer one but lacks even accents. A text is set in one face as a whole; words in two would
look like a mistake.
"""

import math
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont

from .glyphs import HEIGHT, Glyph, table

_LATIN = frozenset(map(chr, range(0x20, 0x7F))) | frozenset("©«°±´·»‘’“”…‹›⁄™")
_MISSING = "\N{REPLACEMENT CHARACTER}"
_HANGUL = frozenset(map(chr, range(0xAC00, 0xD7A4)))  # wide, but written in words
# What is left of a pixel's grey when a bitmap is scaled: half-covered pixels are pulled to either side.
_CONTRAST = [max(0, min(255, (grey - 50) * 255 // 150)) for grey in range(256)]


class Face(Protocol):
    """A way to set text at one size."""

    height: int  # of a line, in pixels

    def width(self, text: str) -> float:
        """How wide the text will be, in pixels."""

    def mask(self, text: str) -> Image.Image:
        """The text as an image (mode L, 255 is ink), characters from left to right as given."""


def face_for(text: str, size: int) -> Face:
    """The face that has all of a text, at a size in pixels (as fonts count: more than a capital's height)."""
    return _plain_latin(size) if _LATIN.issuperset(text) else AnyScript(size)


class PlainLatin:
    """Pillow's built-in font (Aileron) at one size; each letter is rendered once and then only copied."""

    def __init__(self, size: int) -> None:
        font = ImageFont.load_default(size)
        assert isinstance(font, ImageFont.FreeTypeFont)  # asked for a size, it is always the scalable one
        self._font = font
        self._room = size // 4  # left free on both sides of a letter's mask for what hangs over
        self._baseline = round(size * 0.98)
        self._letters: dict[str, tuple[float, Image.Image]] = {}
        self._rendering = Lock()
        self.height = round(size * 1.25)

    def width(self, text: str) -> float:
        return sum(self._letter(character)[0] for character in text)

    def mask(self, text: str) -> Image.Image:
        image = Image.new("L", (math.ceil(self.width(text)) + 1, self.height))
        x = 0.0
        for character in text:
            advance, letter = self._letter(character)
            image.paste(255, (round(x) - self._room, 0), letter)
            x += advance
        return image

    def _letter(self, character: str) -> tuple[float, Image.Image]:
        """How far a letter takes the line, and its mask."""
        known = self._letters.get(character)
        if known is None:
            with self._rendering:  # a font of FreeType's is one thread's at a time
                advance = self._font.getlength(character)
                mask = Image.new("L", (math.ceil(advance) + 2 * self._room, self.height))
                place = (self._room, self._baseline)
                ImageDraw.Draw(mask).text(place, character, fill=255, font=self._font, anchor="ls")
            known = self._letters[character] = (advance, mask)
        return known


# A picture has three sizes of text; a server is asked for a few sizes of pictures.
_plain_latin = lru_cache(maxsize=24)(PlainLatin)


class AnyScript:
    """GNU Unifont scaled to any size, its steps smoothed."""

    def __init__(self, size: int) -> None:
        cell = max(13, round(size * 1.16))
        self._cell = HEIGHT if abs(cell - HEIGHT) <= 1 else cell  # unscaled the bitmaps are at their crispest
        self.height = round(self._cell * 1.12)

    def width(self, text: str) -> float:
        return sum(glyph.width for glyph in _glyphs(text) if glyph.back is None) * self._cell / HEIGHT

    def mask(self, text: str) -> Image.Image:
        glyphs = list(_glyphs(text))
        strip = Image.new("L", (max(1, sum(glyph.width for glyph in glyphs if glyph.back is None)), HEIGHT))
        begin = end = 0
        for glyph in glyphs:
            if glyph.back is None:
                begin, end = end, end + glyph.width
                at = begin
            else:
                at = max(0, end - glyph.back) if glyph.back else begin
            strip.paste(255, (at, 0), Image.frombytes("1", (glyph.width, HEIGHT), glyph.rows))
        if self._cell != HEIGHT:
            size = (-(-strip.width * self._cell // HEIGHT), self._cell)
            strip = strip.resize(size, Image.Resampling.BICUBIC).point(_CONTRAST)
        image = Image.new("L", (strip.width, self.height))
        image.paste(strip, (0, (self.height - self._cell) // 2))
        return image


def _glyphs(text: str) -> Iterator[Glyph]:
    """The glyphs of a text; characters without one are spelt in simpler ones or shown as a question mark."""
    glyphs = table()
    for character in text:
        glyph = glyphs.find(character)
        if glyph is not None:
            yield glyph
            continue
        for simpler in unicodedata.normalize("NFKC", character):
            glyph = glyphs.find(simpler) or glyphs.find(_MISSING)
            assert glyph is not None  # the font has the sign for a missing character
            yield glyph


def wrapped(text: str, face: Face, limit: float, rows: int) -> list[str]:
    """The text in at most so many rows that fit the limit; what does not go in gives way to "…"."""
    lines: list[str] = []
    line, length = "", 0.0
    for whole in _atoms(text):
        atom = whole
        if line and length + face.width(atom.rstrip()) > limit:
            lines.append(line)
            line, length = "", 0.0
        while len(atom) > 1 and face.width(atom.rstrip()) > limit:
            cut = _fitting(atom, face, limit)
            lines.append(atom[:cut])
            atom = atom[cut:]
        line, length = line + atom, length + face.width(atom)
    if line:
        lines.append(line)
    if len(lines) > rows:
        last = lines[rows - 1].rstrip(" …")
        while last and face.width(last + "…") > limit:
            last = last[:-1]
        lines[rows - 1 :] = [last + "…"]
    return [line.rstrip() for line in lines]


def _atoms(text: str) -> Iterator[str]:
    """The parts a line must not be broken in: words with the space after them, single Chinese or Japanese signs."""
    atom = ""
    for character in text:
        wide = unicodedata.east_asian_width(character) in "WF" and character not in _HANGUL
        # Closing signs stay with what they close.
        if atom and (atom.endswith(" ") or (wide and unicodedata.category(character) not in ("Po", "Pe", "Pf"))):
            yield atom
            atom = ""
        atom += character
    if atom:
        yield atom


def _fitting(text: str, face: Face, limit: float) -> int:
    """How many characters of a long word fit the limit, marks kept with their letter, at least one."""
    cut, length = 1, face.width(text[0])
    while cut < len(text) and (length := length + face.width(text[cut])) <= limit:
        cut += 1
    while 1 < cut < len(text) and unicodedata.category(text[cut]).startswith("M"):
        cut -= 1
    return cut
