"""Patterns with a horizon: things further away are nearer to the colour of the sky."""

import math
from collections.abc import Sequence

from ..canvas import Canvas
from ..dice import Dice


def _sky(canvas: Canvas, top: int, bottom: int) -> None:
    """Bands from one ink at the top to another at the bottom."""
    step = 1 if bottom > top else -1
    inks = range(top, bottom + step, step)
    for place, ink in enumerate(inks):
        canvas.box(0, canvas.height * place / len(inks), canvas.width, canvas.height, ink)


def _sun(canvas: Canvas, x: float, y: float, radius: float, sky: int, ink: int) -> None:
    """A disc with a halo, each ring of it a step from the sky's ink nearer to the disc's."""
    halo = 1 if ink > sky else -1
    canvas.disc(x, y, radius * 1.9, sky + halo)
    canvas.disc(x, y, radius * 1.4, sky + 2 * halo)
    canvas.disc(x, y, radius, ink)


def _land(canvas: Canvas, line: Sequence[float], ink: int) -> None:
    """Everything below a line, given as heights evenly spread over the width."""
    last = len(line) - 1
    points = [(canvas.width * i / last, y) for i, y in enumerate(line)]
    canvas.polygon([*points, (canvas.width, canvas.height), (0, canvas.height)], ink)


def _swell(dice: Dice, base: float, swing: float, often: tuple[float, float]) -> list[float]:
    """A line around `base`: a wave of a frequency from the range given, and a quicker, weaker one on it."""
    slow, quick = math.tau * dice.number(*often), math.tau * dice.number(1.8, 3.4)
    begin, other = dice.number(0, math.tau), dice.number(0, math.tau)
    return [base + swing * (math.sin(begin + slow * i / 96) + 0.4 * math.sin(other + quick * i / 96)) for i in range(97)]


def mountains(canvas: Canvas, dice: Dice) -> None:
    """A sun or a moon over jagged ridges."""
    night = dice.chance(0.35)
    _sky(canvas, *((2, 5) if night else (13, 11) if dice.chance(0.5) else (10, 13)))
    radius = canvas.unit * dice.number(0.07, 0.14)
    x, y = canvas.width * dice.number(0.15, 0.85), canvas.height * dice.number(0.12, 0.3)
    _sun(canvas, x, y, radius, 4 if night else 11, 15)
    inks = (7, 6, 4, 3, 2) if night else (10, 8, 6, 4, 2)
    ridges = min(len(inks), 3 + dice.whole(0, 2))
    for ridge in range(ridges):
        base = canvas.height * (0.3 + 0.52 * ridge / ridges + dice.number(0, 0.06))
        _land(canvas, _jagged(dice, base, canvas.height * dice.number(0.12, 0.2)), inks[ridge])


def _jagged(dice: Dice, base: float, swing: float) -> list[float]:
    """A line around `base`: the middle between two points is moved by a chance that halves with their distance."""
    line = [base + dice.number(-swing, swing) for _ in range(65)]
    gap = 64
    while gap > 1:
        for left in range(0, 64, gap):
            mean = (line[left] + line[left + gap]) / 2
            line[left + gap // 2] = mean + dice.number(-swing, swing)
        swing *= 0.52
        gap //= 2
    return line


def hills(canvas: Canvas, dice: Dice) -> None:
    """Soft hills or dunes, one behind the other."""
    lighter_behind = dice.chance(0.7)
    _sky(canvas, 14, 13)
    _sun(canvas, canvas.width * dice.number(0.1, 0.9), canvas.height * 0.16, canvas.unit * 0.09, 13, 15)
    layers = dice.whole(6, 9)
    for layer in range(layers):
        share = layer / (layers - 1)
        line = _swell(dice, canvas.height * (0.24 + 0.68 * share), canvas.height * dice.number(0.04, 0.09), (0.6, 1.6))
        _land(canvas, line, round(12 - 10 * share) if lighter_behind else round(4 + 8 * share))


def sunrise(canvas: Canvas, dice: Dice) -> None:
    """Rays from a sun behind a curved horizon."""
    light, dark = dice.pick([(13, 11), (11, 8), (9, 6)])
    canvas.box(0, 0, canvas.width, canvas.height, light)
    x, y = canvas.width * dice.number(0.25, 0.75), canvas.height * dice.number(0.42, 0.6)
    reach = math.hypot(canvas.width, canvas.height)
    rays = dice.whole(10, 18)
    turn = dice.number(0, math.tau)
    for ray in range(rays):
        begin, end = (turn + math.tau * (ray + part) / rays for part in (0.0, 0.5))
        canvas.polygon(
            [
                (x, y),
                (x + reach * math.cos(begin), y + reach * math.sin(begin)),
                (x + reach * math.cos(end), y + reach * math.sin(end)),
            ],
            dark,
        )
    radius = canvas.unit * dice.number(0.16, 0.24)
    for size, ink in ((1.7, light + 1), (1.35, light + 2), (1.0, 15)):
        canvas.disc(x, y, radius * size, min(15, ink))
    for layer, ink in enumerate((5, 3, 2)):
        base, swing = canvas.height * (0.6 + 0.13 * layer), canvas.height * dice.number(0.02, 0.05)
        _land(canvas, _swell(dice, base, swing, (0.5, 1.3)), ink)


def city(canvas: Canvas, dice: Dice) -> None:
    """Rows of houses in the evening, with lights in the nearest ones."""
    _sky(canvas, *((6, 10) if dice.chance(0.6) else (13, 11)))
    _sun(canvas, canvas.width * dice.number(0.15, 0.85), canvas.height * 0.24, canvas.unit * 0.11, 9, 15)
    for row, ink in enumerate((8, 5, 2)):
        width = canvas.cell(9 - 2 * row)
        left = -width * dice.number(0, 1)
        while left < canvas.width:
            right = left + width * dice.number(0.6, 1.3)
            top = canvas.height * (0.3 + 0.14 * row + dice.number(0, 0.22))
            canvas.box(left, top, right, canvas.height, ink)
            if dice.chance(0.3):
                canvas.box(left + (right - left) * 0.3, top - width * 0.2, left + (right - left) * 0.7, top, ink)
            if row == 2:
                _windows(canvas, dice, left, top, right, ink)
            left = right


def _windows(canvas: Canvas, dice: Dice, left: float, top: float, right: float, wall: int) -> None:
    columns = dice.whole(3, 5)
    step = (right - left) / (columns + 0.5)
    if step < 5:  # too small to be seen as windows
        return
    for row in range(min(14, int((canvas.height - top) / (step * 1.3)))):
        for column in range(columns):
            x, y = left + step * (column + 0.5), top + step * (1.3 * row + 0.6)
            canvas.box(x, y, x + step * 0.5, y + step * 0.7, dice.pick((14, 11, wall + 1, wall + 1, wall + 2)))
