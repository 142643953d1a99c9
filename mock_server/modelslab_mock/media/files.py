"""Which file stands behind a link: by its ending."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..pictures import Picture, draw, draw_gif
from .solids import glb, obj
from .sound import wav
from .video import mp4


def _text(picture: Picture) -> bytes:
    return f"Placeholder text of seed {picture.seed}, part {picture.sample}.\n{picture.prompt}\n".encode()


#: ending -> (media type, what makes the file)
ENDINGS: Mapping[str, tuple[str, Callable[[Picture], bytes]]] = {
    "png": ("image/png", draw),
    "gif": ("image/gif", draw_gif),
    "mp4": ("video/mp4", mp4),
    "wav": ("audio/wav", wav),
    "glb": ("model/gltf-binary", glb),
    "obj": ("model/obj", obj),
    "txt": ("text/plain; charset=utf-8", _text),
}


def kind_of(ending: str) -> str:
    """The media type of the files of an ending."""
    return ENDINGS[ending][0]


def make(picture: Picture, ending: str) -> bytes:
    """The file of an ending that stands for a picture's place."""
    return ENDINGS[ending][1](picture)
