"""A picture that moves: two small frames as GIF."""

from __future__ import annotations

import io

from .picture import Picture

_SIDE = 128
_FRAME_MS = 500


def gif_of(picture: Picture) -> bytes:
    """The picture, small, and its mirror image, in turns."""
    from PIL import Image, ImageOps

    from .drawing import draw_png

    with Image.open(io.BytesIO(draw_png(picture))) as whole:
        frame = whole.convert("RGB")
    frame.thumbnail((_SIDE, _SIDE))
    file = io.BytesIO()
    frame.save(file, "GIF", save_all=True, append_images=[ImageOps.mirror(frame)], duration=_FRAME_MS, loop=0)
    return file.getvalue()
