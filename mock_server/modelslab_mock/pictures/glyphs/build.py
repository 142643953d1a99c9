"""Makes `unifont.bin` from the files of GNU Unifont; run by hand when a newer Unifont is wanted.

On Debian (nothing needs installing, the packages are only unpacked):

    apt-get download unifont fonts-unifont
    for package in *.deb; do dpkg-deb -x "$package" unpacked; done
    python build.py \
        unpacked/usr/share/unifont/unifont.hex \
        unpacked/usr/share/unifont/plane00-combining.txt \
        unpacked/usr/share/fonts/opentype/unifont/unifont_upper.otf \
        unifont.bin

The first file is the Basic Multilingual Plane as `code:rows` in hexadecimal, the second says which of its
characters are drawn over the one before and by how much they step back. Debian ships the higher planes as an
OpenType font only; at 16 pixels it yields the original bitmaps, from which the emoji and symbols are taken.

The file is one zlib stream (a decompressor every Python with Pillow has, and some ten times faster than LZMA):
the number of runs, a table of runs, then the rows of all glyphs in the order of the table. A run is a stretch of
consecutive characters of one kind, so that no index of single characters is needed.
"""

import struct
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

HEIGHT = 16
PRIVATE_USE = range(0xE000, 0xF900)
SYMBOLS = range(0x1F000, 0x1FB00)
UNASSIGNED = chr(0x1FFFF)


@dataclass(frozen=True, slots=True)
class Glyph:
    rows: bytes  # 16 rows of one byte (8 pixels wide) or of two (16 wide)
    back: int | None  # for marks: pixels stepped back from the end of the character before

    @property
    def kind(self) -> tuple[int, int | None]:
        return len(self.rows), self.back


def plane_0(hex_file: Path, combining_file: Path) -> dict[int, Glyph]:
    """The characters of the two text files, private use left out."""
    backs: dict[int, int] = {}
    for line in combining_file.read_text("ascii").splitlines():
        code, offset = line.split(":")
        backs[int(code, 16)] = -int(offset)
    glyphs: dict[int, Glyph] = {}
    for line in hex_file.read_text("ascii").splitlines():
        code, rows = line.split(":")
        number = int(code, 16)
        if number not in PRIVATE_USE:
            glyphs[number] = Glyph(bytes.fromhex(rows), backs.get(number))
    return glyphs


def symbols(font_file: Path) -> dict[int, Glyph]:
    """The emoji and symbols the OpenType font has, each drawn at the size of its bitmap."""
    font = ImageFont.truetype(str(font_file), HEIGHT, layout_engine=ImageFont.Layout.BASIC)

    def bitmap(character: str) -> bytes:
        image = Image.new("1", (int(font.getlength(character)), HEIGHT))
        ImageDraw.Draw(image).text((0, 0), character, fill=1, font=font)
        return image.tobytes()

    missing = bitmap(UNASSIGNED)
    drawn = {code: bitmap(chr(code)) for code in SYMBOLS}
    return {code: Glyph(rows, None) for code, rows in drawn.items() if rows != missing}


def pack(glyphs: dict[int, Glyph]) -> bytes:
    """The bytes of the file."""
    runs: list[list[int]] = []
    for code in sorted(glyphs):
        if runs and runs[-1][-1] == code - 1 and glyphs[runs[-1][-1]].kind == glyphs[code].kind:
            runs[-1].append(code)
        else:
            runs.append([code])
    table = bytearray(struct.pack("<I", len(runs)))
    for run in runs:
        length, back = glyphs[run[0]].kind
        table += struct.pack("<IHBb", run[0], len(run), length, -1 if back is None else back)
    return zlib.compress(bytes(table) + b"".join(glyphs[code].rows for run in runs for code in run), 9)


def main(hex_file: str, combining_file: str, font_file: str, target: str) -> None:
    glyphs = plane_0(Path(hex_file), Path(combining_file)) | symbols(Path(font_file))
    data = pack(glyphs)
    Path(target).write_bytes(data)
    print(f"{target}: {len(glyphs)} glyphs, {len(data)} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
