"""A `Canvas` is drawn on in places of a palette's ramp, and in more pixels than the picture will have."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

Point = tuple[float, float]

# Up to this many pixels of the picture, four are drawn for each, and edges come out smooth. In larger pictures
# steps hardly show, and the time would.
_SMOOTHED = 1_200_000


class Canvas:
    """A drawing surface of `width` by `height` fine pixels; `unit` is its shorter side."""

    def __init__(self, width: int, height: int, fine: int | None = None, ink: int = 0) -> None:
        self.fine = fine or (2 if width * height <= _SMOOTHED else 1)
        self.width = width * self.fine
        self.height = height * self.fine
        self.unit = min(self.width, self.height)
        self._image = Image.new("L", (self.width, self.height), ink)
        self._draw = ImageDraw.Draw(self._image)

    def cell(self, on_the_shorter_side: float) -> float:
        """The side of a square fitting so often into the shorter side, larger where a long picture had too many."""
        return max(self.unit / on_the_shorter_side, max(self.width, self.height) / 26, 1.0)

    def polygon(self, points: Sequence[Point], ink: int) -> None:
        self._draw.polygon(points, fill=ink)

    def box(self, left: float, top: float, right: float, bottom: float, ink: int) -> None:
        """All from the left and top edge to just before the right and bottom one."""
        if round(right) > round(left) and round(bottom) > round(top):
            self._draw.rectangle((round(left), round(top), round(right) - 1, round(bottom) - 1), fill=ink)

    def disc(self, x: float, y: float, radius: float, ink: int) -> None:
        if radius >= 0:
            self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)

    def slice(self, x: float, y: float, radius: float, begin: float, end: float, ink: int) -> None:
        """A part of a disc, between two angles in degrees: clockwise, 0 is to the right."""
        if radius >= 0:
            self._draw.pieslice((x - radius, y - radius, x + radius, y + radius), begin, end, fill=ink)

    def tile(self, side: int, ink: int) -> "Canvas":
        """A small canvas of one ink, to be drawn on once and put here often."""
        return Canvas(side, side, fine=1, ink=ink)

    def put(self, tile: "Canvas", left: float, top: float) -> None:
        self._image.paste(
            tile._image,  # noqa: SLF001 # a canvas may look into another
            (round(left), round(top)),
        )

    def finished(self) -> Image.Image:
        """What was drawn, in the picture's own pixels."""
        return self._image.reduce(self.fine) if self.fine > 1 else self._image
