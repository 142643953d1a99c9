"""Everything random comes from (seed, key, n): the same run gives the same ids whatever other keys do."""

from __future__ import annotations

import hashlib
import struct
from functools import lru_cache
from typing import NamedTuple

from modelslab_contracts.exchange import NO_SANDBOX, sandbox_name

__all__ = ["NO_SANDBOX", "Draw", "draw", "id_behind", "other_id", "sandbox_name"]

_NUMBERS = struct.Struct(">QII")
_JOBS_PER_HASH = 16
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class Draw(NamedTuple):
    """The random facts of one job: its id, the seed of its pictures, its file prefix, a fraction for its timing.

    `job_id` has nine or ten digits and fits a signed 32-bit integer, as captures show; `picture_seed` is unsigned 32-bit;
    `file_prefix` is a version 4 UUID; `fraction` goes from 0 (included) to 1.
    """

    job_id: int
    picture_seed: int
    file_prefix: str
    fraction: float


def draw(seed: int, sandbox: str, n: int, attempt: int = 0) -> Draw:
    """What chance gives the n-th job of a sandbox. `attempt` draws again when an id is taken already."""
    chunk = _chunks(seed, sandbox, n // _JOBS_PER_HASH, attempt)
    at = n % _JOBS_PER_HASH * 32
    job, picture, fraction = _NUMBERS.unpack_from(chunk, at)
    h = chunk[at + 16 : at + 32].hex()
    prefix = f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:]}"
    return tuple.__new__(Draw, (_FIRST_ID + job % _IDS, picture, prefix, fraction / 2**32))


def seed_of(seed: int, sandbox: str, what: str) -> int:
    """The seed of something that one sandbox is told whenever it asks for it."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{sandbox}/{what}".encode(), digest_size=8).digest(), "big")


_FIRST_ID, _IDS, _AWAY = 100_000_000, 2_000_000_000, 1_000_000_007


def other_id(job_id: int) -> int:
    """The second id of a job whose story's fetch_result names another one: as far from the first as may be, and like any id."""
    return _FIRST_ID + (job_id - _FIRST_ID + _AWAY) % _IDS


def id_behind(other: int) -> int:
    """The job id whose second id is `other`."""
    return _FIRST_ID + (other - _FIRST_ID - _AWAY) % _IDS


@lru_cache(maxsize=1024)
def _chunks(seed: int, sandbox: str, block: int, attempt: int) -> bytes:
    """The chance of several jobs in a row, 32 bytes each: one hash serves them all."""
    return hashlib.shake_256(f"{seed}/{sandbox}/{block}/{attempt}".encode()).digest(32 * _JOBS_PER_HASH)
