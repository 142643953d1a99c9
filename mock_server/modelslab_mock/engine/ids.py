"""Everything random comes from (seed, key, n): the same run gives the same ids whatever other keys do."""

from __future__ import annotations

import hashlib
from functools import lru_cache


@lru_cache(maxsize=4096)
def sandbox_name(key: str) -> str:
    """The name under which a key's things are kept and logged; the key itself never is."""
    return "sb-" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:8]


NO_SANDBOX = "sb-none"


class Draw:
    """The random facts of the n-th job of a sandbox: id, picture seed, file prefix, a fraction for the timing.

    `attempt` draws again when an id is taken already.
    """

    __slots__ = ("_bytes",)

    def __init__(self, seed: int, sandbox: str, n: int, attempt: int = 0) -> None:
        self._bytes = hashlib.blake2b(f"{seed}/{sandbox}/{n}/{attempt}".encode(), digest_size=40).digest()

    @property
    def job_id(self) -> int:
        """A job id as captures show them: nine or ten digits that fit a signed 32-bit integer."""
        return 100_000_000 + int.from_bytes(self._bytes[:8], "big") % 2_000_000_000

    @property
    def picture_seed(self) -> int:
        """An unsigned 32-bit seed, as the samples' metas show."""
        return int.from_bytes(self._bytes[8:12], "big")

    @property
    def fraction(self) -> float:
        """A number from 0 (included) to 1."""
        return int.from_bytes(self._bytes[12:16], "big") / 2**32

    @property
    def file_prefix(self) -> str:
        """A version 4 UUID, the vendor's file prefix."""
        hex_ = bytearray(self._bytes[16:32])
        hex_[6] = hex_[6] & 0x0F | 0x40
        hex_[8] = hex_[8] & 0x3F | 0x80
        h = hex_.hex()
        return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
