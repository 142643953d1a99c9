"""Placeholder pictures: a small value says all of a picture, fits into an address and is drawn on demand.

    picture = picture_of("a cat", width=512, height=512, seed=7, sample=0)
    token = to_token(picture)           # goes into the image's URL
    png = draw(from_token(token))       # the same bytes each time, in any process

Whoever only hands out addresses never loads Pillow: it is imported by the first `draw`.
"""

from .picture import LARGEST_SIDE, TREATMENTS, BadToken, Picture, Treatment, from_token, picture_of, to_token, tokens_of

__all__ = [
    "LARGEST_SIDE",
    "TREATMENTS",
    "BadToken",
    "Picture",
    "Treatment",
    "draw",
    "draw_gif",
    "from_token",
    "picture_of",
    "to_token",
    "tokens_of",
]


def draw(picture: Picture) -> bytes:
    """The picture as PNG, a pure function of its fields and safe to call from several threads."""
    from .drawing import draw_png

    return draw_png(picture)


def draw_gif(picture: Picture) -> bytes:
    """The same as a small GIF that moves."""
    from .moving import gif_of

    return gif_of(picture)
