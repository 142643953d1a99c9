"""One second of a soft tone as WAV: 8 kHz, 16 bits, one channel. The seed chooses the tone."""

from __future__ import annotations

import io
import math
import struct
import wave

from ..pictures import Picture

RATE = 8_000
_LOUDNESS, _FADE = 9_000, 800


def wav(picture: Picture) -> bytes:
    """The sound of a picture's seed."""
    pitch = 220 * 2 ** ((picture.seed + 5 * picture.sample) % 24 / 12)
    samples = [
        int(_LOUDNESS * min(1, n / _FADE, (RATE - n) / _FADE) * math.sin(2 * math.pi * pitch * n / RATE)) for n in range(RATE)
    ]
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(struct.pack(f"<{RATE}h", *samples))
    return file.getvalue()
