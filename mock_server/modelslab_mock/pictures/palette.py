"""A palette is a ramp of sixteen colours, evenly lighter from one to the next and wandering through the hues.

As the ramp rises evenly, the mean of two places on it is a fitting colour between the two. So all drawing is done
in places on the ramp (0 darkest, 15 lightest), and smoothing an edge or blurring is plain averaging.
"""

import math
from itertools import pairwise

from .dice import Dice

STEPS = 16

Colour = tuple[int, int, int]


def ramp(dice: Dice) -> list[Colour]:
    """A ramp thrown by the dice, its shadows cooler than its lights as they are outdoors."""
    light = dice.number(20, 115) if dice.chance(0.5) else dice.number(0, 360)
    to_violet = (285 - light + 180) % 360 - 180
    sweep = to_violet * dice.number(0.4, 1.0) + dice.number(-55, 55)
    chroma = dice.number(0.11, 0.18)
    colours = []
    for step in range(STEPS):
        place = step / (STEPS - 1)
        colours.append(
            oklch(
                lightness=0.2 + 0.77 * place,
                chroma=chroma * math.sin(math.pi * (0.14 + 0.8 * place)) ** 0.7,
                hue=light + sweep * (1 - place),
            )
        )
    return colours


def oklch(lightness: float, chroma: float, hue: float) -> Colour:
    """The sRGB colour for a place in the perceptual space OKLCH, paler where the screen has none so vivid."""
    angle = math.radians(hue)
    while True:
        channels = _linear(lightness, chroma * math.cos(angle), chroma * math.sin(angle))
        if chroma < 0.005 or all(-0.0005 <= channel <= 1.0005 for channel in channels):
            red, green, blue = (_encoded(min(1.0, max(0.0, channel))) for channel in channels)
            return red, green, blue
        chroma *= 0.94


def _linear(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    """Linear sRGB of an OKLab colour; the numbers are those of Björn Ottosson's definition of the space."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encoded(channel: float) -> int:
    """A linear channel of 0 to 1 with sRGB's curve, as a byte."""
    curved = 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
    return round(255 * curved)


def finer(colours: list[Colour], steps_between: int) -> list[Colour]:
    """The ramp with more colours mixed in between its own, for gradients without bands."""
    mixed = []
    for low, high in pairwise(colours):
        for step in range(steps_between):
            share = step / steps_between
            red, green, blue = (round(a + (b - a) * share) for a, b in zip(low, high, strict=True))
            mixed.append((red, green, blue))
    return [*mixed, colours[-1]]
