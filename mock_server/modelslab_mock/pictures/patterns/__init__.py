"""The families of patterns a picture can be drawn from; each fills a canvas of any size and shape."""

from collections.abc import Callable

from ..canvas import Canvas
from ..dice import Dice
from . import geometry, landscapes

Pattern = Callable[[Canvas, Dice], None]

# The order decides which pictures look like what: append only, or take a new version for the tokens.
PATTERNS: tuple[Pattern, ...] = (
    landscapes.mountains,
    landscapes.hills,
    landscapes.sunrise,
    landscapes.city,
    geometry.roads,
    geometry.scales,
    geometry.ripples,
    geometry.blocks,
    geometry.waves,
    geometry.facets,
)
