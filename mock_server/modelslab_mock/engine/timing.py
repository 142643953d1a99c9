"""How long a generation takes.

Nobody publishes figures: all of this is assumed (ledger: generation-time-is-published-nowhere).
"""

from __future__ import annotations

from .asked import Asked

#: A job shorter than this is answered with its pictures at once.
SYNCHRONOUS_WAIT_S = 5.0
_START_S = 0.4
_MEGAPIXEL_S = 1.2
_STEP_S = 0.01


def generation_seconds(asked: Asked, fraction: float) -> float:
    """Seconds, to the nanosecond, that an order takes: a start, then a price per megapixel and step; up to 5 % more by chance.

    One picture of 1024 × 1024 at 31 steps takes about 1.9 s, four of them more than the synchronous wait.
    """
    _, _, width, height, samples, steps, upscale, *_ = asked
    per_megapixel = (_MEGAPIXEL_S + _STEP_S * steps) * (1.5 if upscale else 1.0)
    seconds = (_START_S + width * height / 2**20 * samples * per_megapixel) * (1 + 0.05 * fraction)
    return int(seconds * 1e9 + 0.5) / 1e9  # what round(seconds, 9) gives, at a tenth of its price
