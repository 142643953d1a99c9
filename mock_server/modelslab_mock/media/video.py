"""Two seconds of coloured squares as MP4: H.264 baseline whose macroblocks are plain samples (I_PCM), so nothing is encoded.

Players and browsers take it as any other film. The seed chooses the colours.
"""

from __future__ import annotations

import struct

from ..pictures import Picture

WIDTH, HEIGHT, SECONDS = 128, 96, 2
_BLOCK = 16
_COLUMNS, _ROWS = WIDTH // _BLOCK, HEIGHT // _BLOCK
_I_PCM, _I_SLICE = 25, 7
_PER_SECOND = 1_000
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


class _Bits:
    """Bits as H.264 writes them."""

    def __init__(self) -> None:
        self._text: list[str] = []

    def fixed(self, value: int, count: int) -> _Bits:
        self._text.append(f"{value:0{count}b}")
        return self

    def golomb(self, *values: int) -> _Bits:
        for value in values:
            digits = f"{value + 1:b}"
            self._text.append("0" * (len(digits) - 1) + digits)
        return self

    def ended(self, last: str) -> bytes:
        """The bytes, filled up with zeros after `last`."""
        text = "".join(self._text) + last
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big") if text else b""


def mp4(picture: Picture) -> bytes:
    """The film of a picture's seed."""
    frames = [_frame(picture, number) for number in range(SECONDS)]
    start = _box("ftyp", b"isom", struct.pack(">I", 512), b"isomiso2avc1mp41")
    at = len(start) + len(_moov(frames, 0)) + 8
    return start + _moov(frames, at) + _box("mdat", *frames)


def _unit(kind: int, payload: bytes) -> bytes:
    """One NAL unit; what looks like the start of another is broken up."""
    safe, zeros = bytearray(), 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:  # as the standard says
            safe.append(3)
            zeros = 0
        safe.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes([kind]) + bytes(safe)


def _sequence() -> bytes:
    bits = _Bits().fixed(66, 8).fixed(0xC0, 8).fixed(30, 8).golomb(0, 0, 2, 0).fixed(0, 1).golomb(_COLUMNS - 1, _ROWS - 1)
    return _unit(0x67, bits.fixed(0b1100, 4).ended("1"))


def _parameters() -> bytes:
    bits = _Bits().golomb(0, 0).fixed(0, 2).golomb(0, 0, 0).fixed(0, 3).golomb(0, 0, 0).fixed(0, 3)
    return _unit(0x68, bits.ended("1"))


def _frame(picture: Picture, number: int) -> bytes:
    bits = _Bits().golomb(0, _I_SLICE, 0).fixed(0, 4).golomb(number % 2).fixed(0, 2).golomb(0)
    payload = b""
    for block in range(_COLUMNS * _ROWS):
        luma, blue, red = _colour(picture, number, block)
        payload += bits.golomb(_I_PCM).ended("") + bytes([luma]) * 256 + bytes([blue]) * 64 + bytes([red]) * 64
        bits = _Bits()
    unit = _unit(0x65, payload + b"\x80")
    return struct.pack(">I", len(unit)) + unit


def _colour(picture: Picture, number: int, block: int) -> tuple[int, int, int]:
    row, column = divmod(block, _COLUMNS)
    mixed = (picture.seed * 2654435761 + picture.sample * 97 + (row + number) * 31 + column * 17) & 0xFFFFFF
    return 64 + mixed % 128, 64 + (picture.seed >> 3) % 128, 64 + (picture.seed >> 9) % 128


def _box(kind: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind.encode()) + body


def _full(kind: str, form: str, *values: int, flags: int = 0, after: bytes = b"") -> bytes:
    """A box with version 0 and flags, whose numbers stand as `form` says."""
    return _box(kind, struct.pack(">I", flags), struct.pack(">" + form, *values), after)


def _moov(frames: list[bytes], at: int) -> bytes:
    length = SECONDS * _PER_SECOND
    sequence, parameters = _sequence(), _parameters()
    config = _box(
        "avcC", bytes([1]), sequence[1:4], bytes([0xFF, 0xE1]), struct.pack(">H", len(sequence)), sequence,
        bytes([1]), struct.pack(">H", len(parameters)), parameters,
    )  # fmt: skip
    entry = _box(
        "avc1", bytes(6), struct.pack(">H", 1), bytes(16), struct.pack(">HHIIIH", WIDTH, HEIGHT, 0x480000, 0x480000, 0, 1),
        bytes(32), struct.pack(">Hh", 24, -1), config,
    )  # fmt: skip
    table = _box(
        "stbl",
        _full("stsd", "I", 1, after=entry),
        _full("stts", "III", 1, len(frames), _PER_SECOND),
        _full("stsc", "IIII", 1, 1, len(frames), 1),
        _full("stsz", f"II{len(frames)}I", 0, len(frames), *map(len, frames)),
        _full("stco", "II", 1, at),
    )
    data = _box("dinf", _full("dref", "I", 1, after=_full("url ", "", flags=1)))
    media = _box(
        "mdia",
        _full("mdhd", "IIIIHH", 0, 0, _PER_SECOND, length, 0x55C4, 0),
        _full("hdlr", "I4sIII", 0, b"vide", 0, 0, 0, after=b"placeholder\0"),  # type: ignore[arg-type] # the one that is text
        _box("minf", _full("vmhd", "HHHH", 0, 0, 0, 0, flags=1), data, table),
    )
    track = _full(
        "tkhd", "IIIII", 0, 0, 1, 0, length, flags=3, after=bytes(16) + _MATRIX + struct.pack(">II", WIDTH << 16, HEIGHT << 16)
    )
    head = _full(
        "mvhd",
        "IIIIIH",
        0,
        0,
        _PER_SECOND,
        length,
        0x10000,
        0x100,
        after=bytes(10) + _MATRIX + bytes(24) + struct.pack(">I", 2),
    )
    return _box("moov", head, _box("trak", track, media))
