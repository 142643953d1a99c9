"""Patterns of tiles, rings and bands."""

import math

from ..canvas import Canvas, Point
from ..dice import Dice


def _cells(canvas: Canvas, side: float) -> list[Point]:
    """The left upper corners of squares that cover the canvas."""
    columns, rows = math.ceil(canvas.width / side), math.ceil(canvas.height / side)
    return [(column * side, row * side) for row in range(rows) for column in range(columns)]


def roads(canvas: Canvas, dice: Dice) -> None:
    """Bent roads that join from tile to tile whichever way each tile is turned (Truchet tiles)."""
    side = round(canvas.cell(dice.number(3, 6)))
    ground, border, road = dice.pick([(2, 6, 12), (13, 10, 4), (4, 9, 14), (11, 14, 3)])
    # Seen along an edge from either end the bands must be the same: ground, border, road, road, border, ground.
    bands = ((5 / 6, border), (4 / 6, road), (2 / 6, border), (1 / 6, ground))
    falling = ((0, 0, 0), (side, side, 180))
    rising = ((side, 0, 90), (0, side, 270))
    tiles = []
    for corners in (falling, falling[::-1], rising, rising[::-1]):  # the second corner's road crosses the first's
        tile = canvas.tile(side, ground)
        for x, y, begin in corners:
            for radius, ink in bands:
                tile.slice(x, y, side * radius, begin, begin + 90, ink)
        tiles.append(tile)
    for left, top in _cells(canvas, side):
        canvas.put(dice.pick(tiles), left, top)


def scales(canvas: Canvas, dice: Dice) -> None:
    """Rows of overlapping ringed discs, as on Japanese cloth (seigaiha)."""
    radius = canvas.cell(dice.number(3, 5)) / 1.6
    sets = dice.pick([((13, 4), (14, 6), (15, 8)), ((3, 10), (2, 8), (4, 12)), ((14, 9), (12, 6), (10, 3))])
    rows = math.ceil(canvas.height / (radius / 2)) + 3
    columns = math.ceil(canvas.width / (2 * radius)) + 2
    canvas.box(0, 0, canvas.width, canvas.height, sets[0][0])
    for row in range(rows):
        for column in range(columns):
            x = (2 * column - row % 2) * radius
            y = row * radius / 2
            paper, line = dice.pick(sets)
            for ring in range(3):
                canvas.disc(x, y, radius * (1 - 0.3 * ring), line)
                canvas.disc(x, y, radius * (0.88 - 0.3 * ring), paper)


def ripples(canvas: Canvas, dice: Dice) -> None:
    """Rings around one point, and around a second one before them."""
    x, y = canvas.width * dice.number(0.1, 0.9), canvas.height * dice.number(0.1, 0.6)
    reach = math.hypot(max(x, canvas.width - x), max(y, canvas.height - y))
    width = max(canvas.cell(dice.number(9, 14)), reach / 20)
    rings = math.ceil(reach / width)
    inward = dice.chance(0.5)
    swing = dice.whole(2, 3)
    for ring in range(rings, 0, -1):
        share = ring / rings
        ink = 3 + 11 * (share if inward else 1 - share)
        canvas.disc(x, y, ring * width, round(ink) if ring % 2 else max(1, round(ink) - swing))
    canvas.disc(x, y, width * 0.5, 15)
    inks = (14, 5, 12, 3, 15) if inward else (4, 12, 6, 14, 2)
    x, y = canvas.width - x, canvas.height * dice.number(0.45, 0.8)
    radius = canvas.unit * dice.number(0.16, 0.26)
    for ring, ink in enumerate(inks):
        canvas.disc(x, y, radius * (1 - ring / len(inks)), ink)


def blocks(canvas: Canvas, dice: Dice) -> None:
    """A grid of simple shapes as the Bauhaus liked them."""
    side = canvas.cell(dice.whole(3, 5))
    inks = dice.pick([(2, 5, 8, 11, 14), (3, 7, 10, 13, 15), (1, 4, 9, 12, 14)])
    for left, top in _cells(canvas, side):
        paper = dice.pick(inks)
        ink = dice.pick([other for other in inks if abs(other - paper) > 3])
        right, bottom = left + side, top + side
        canvas.box(left, top, right, bottom, paper)
        shape = dice.whole(0, 6)
        if shape <= 1:
            corner = dice.pick([(left, top, 0), (right, top, 90), (right, bottom, 180), (left, bottom, 270)])
            canvas.slice(corner[0], corner[1], side - 1, corner[2], corner[2] + 90, ink)
            canvas.slice(corner[0], corner[1], side * 0.5, corner[2], corner[2] + 90, dice.pick(inks))
        elif shape == 2:
            canvas.disc(left + side / 2, top + side / 2, side * 0.36, ink)
            canvas.disc(left + side / 2, top + side / 2, side * 0.15, paper)
        elif shape == 3:
            canvas.slice(left + side / 2, top, side / 2 - 1, 0, 180, ink)
            canvas.slice(left + side / 2, top + side / 2, side / 2 - 1, 0, 180, ink)
        elif shape == 4:
            tip = dice.pick([(left, top), (right - 1, top)])
            canvas.polygon([tip, (right - 1, bottom - 1), (left, bottom - 1)], ink)
        elif shape == 5:
            for stripe in range(3):
                canvas.box(left, top + side * (2 * stripe) / 6, right, top + side * (2 * stripe + 1) / 6, ink)
        else:
            canvas.box(left + side / 4, top + side / 4, right - side / 4, bottom - side / 4, ink)


def waves(canvas: Canvas, dice: Dice) -> None:
    """Slanted waving bands from light to dark and back."""
    reach = math.hypot(canvas.width, canvas.height)
    tilt = dice.number(-0.9, 0.9)
    across, along = (math.cos(tilt), math.sin(tilt)), (-math.sin(tilt), math.cos(tilt))
    bands = dice.whole(13, 18)
    begin = dice.whole(0, 25)
    often, swing, drift = dice.number(1.2, 2.6), reach * dice.number(0.02, 0.045), dice.number(0.15, 0.5)
    middle = (canvas.width / 2, canvas.height / 2)
    for band in range(-2, bands):
        place = (band + begin) % 26
        points: list[Point] = []
        for i in range(49):
            x = reach * (i / 48 - 0.5)
            y = reach * (band / bands - 0.5) + swing * math.sin(math.tau * often * i / 48 + drift * band)
            points.append((middle[0] + x * across[0] + y * along[0], middle[1] + x * across[1] + y * along[1]))
        for side in (1, -1):
            x, y = reach * side * 0.6, reach
            points.append((middle[0] + x * across[0] + y * along[0], middle[1] + x * across[1] + y * along[1]))
        canvas.polygon(points, 2 + (place if place < 13 else 26 - place))


def facets(canvas: Canvas, dice: Dice) -> None:
    """A plane folded into triangles, lit from one side."""
    side = canvas.cell(dice.number(4, 7))
    columns, rows = math.ceil(canvas.width / side) + 2, math.ceil(canvas.height / side) + 2
    grid = [
        [
            ((column - 1 + dice.number(0.1, 0.9)) * side, (row - 1 + dice.number(0.1, 0.9)) * side)
            for column in range(columns + 1)
        ]
        for row in range(rows + 1)
    ]
    turn = dice.number(0, math.tau)
    fall = (math.cos(turn), math.sin(turn))

    def lit(*corners: Point) -> int:
        x = sum(corner[0] for corner in corners) / 3 / canvas.width - 0.5
        y = sum(corner[1] for corner in corners) / 3 / canvas.height - 0.5
        return min(15, max(2, round(8.5 + 9 * (x * fall[0] + y * fall[1]) + dice.number(-2.2, 2.2))))

    for row in range(rows):
        for column in range(columns):
            a, b = grid[row][column], grid[row][column + 1]
            c, d = grid[row + 1][column], grid[row + 1][column + 1]
            canvas.polygon([a, b, c], lit(a, b, c))
            canvas.polygon([b, c, d], lit(b, c, d))
