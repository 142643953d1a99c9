"""A `Picture` is everything that decides a placeholder's bytes; its token is the same in URL-safe text."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import b2a_base64
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Literal, get_args

Treatment = Literal["plain", "blank", "blur", "sensitive_content_text", "pixelate", "black"]
TREATMENTS: tuple[Treatment, ...] = get_args(Treatment)

LARGEST_SIDE = 4096
LONGEST_EXCERPT = 64
LARGEST_SAMPLE = 2**16 - 1
ELLIPSIS = "…"


class BadToken(ValueError):
    """The text is not what `to_token` makes of any picture."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One placeholder: its size, what it is drawn from, and what is done to it at the end."""

    width: int
    height: int
    seed: int
    sample: int
    prompt: str  # an excerpt; one that was cut ends in "…"
    digest: str  # of the whole prompt, so that two long prompts with one beginning differ
    treatment: Treatment = "plain"

    def __post_init__(self) -> None:
        if not (1 <= self.width <= LARGEST_SIDE and 1 <= self.height <= LARGEST_SIDE):
            raise ValueError(f"a picture's sides are 1 to {LARGEST_SIDE} pixels, not {self.width} x {self.height}")
        if not -(2**63) <= self.seed < 2**63:
            raise ValueError(f"a picture's seed is a signed 64-bit number, not {self.seed}")
        if not 0 <= self.sample <= LARGEST_SAMPLE:
            raise ValueError(f"a picture's sample is 0 to {LARGEST_SAMPLE}, not {self.sample}")
        if len(self.prompt) > LONGEST_EXCERPT:
            raise ValueError(f"a picture's excerpt has at most {LONGEST_EXCERPT} characters, not {len(self.prompt)}")
        self.prompt.encode()  # half a surrogate pair is no text: UnicodeEncodeError, itself a ValueError
        if len(self.digest) != 16 or self.digest.strip("0123456789abcdef"):
            raise ValueError(f"a picture's digest is 16 lower-case hexadecimal digits, not {self.digest!r}")
        if self.treatment not in TREATMENTS:
            raise ValueError(f"a picture's treatment is one of {', '.join(TREATMENTS)}, not {self.treatment!r}")


def picture_of(prompt: str, *, width: int, height: int, seed: int, sample: int, treatment: Treatment = "plain") -> Picture:
    """The picture for a prompt of any length."""
    try:
        whole = prompt.encode()
    except UnicodeEncodeError:
        # JSON can spell half a surrogate pair. The digest still tells such prompts apart; the excerpt must be text.
        whole = prompt.encode("utf-8", "surrogatepass")
        prompt = whole.decode("utf-8", "replace")
    excerpt = prompt if len(prompt) <= LONGEST_EXCERPT else prompt[: LONGEST_EXCERPT - 1] + ELLIPSIS
    return Picture(width, height, seed, sample, excerpt, _digest(whole), treatment)


def _digest(whole: bytes) -> str:
    return blake2b(whole, digest_size=_DIGEST_BYTES).hexdigest()


# The first byte is the version: whatever changes the layout, or the look so much that a cached picture would
# surprise, takes a new one. The second is the treatment's number, and whether a digest follows the fixed part: it
# does only where it cannot be worked out, because the prompt was cut. All that remains is the excerpt in UTF-8.
_VERSION = 1
_FIXED = struct.Struct(">BBHHqH")
_WITH_DIGEST = 0x80
_DIGEST_BYTES = 8
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_LONGEST_TOKEN = (_FIXED.size + _DIGEST_BYTES + 4 * LONGEST_EXCERPT) * 4 // 3 + 1
_NUMBERS = {treatment: number for number, treatment in enumerate(TREATMENTS)}


def to_token(picture: Picture) -> str:
    """The picture in the characters `A-Z a-z 0-9 _ -`, safe as a part of a URL's path."""
    excerpt = picture.prompt.encode()
    number = _NUMBERS[picture.treatment]
    if picture.digest != _digest(excerpt):
        number |= _WITH_DIGEST
        excerpt = bytes.fromhex(picture.digest) + excerpt
    fixed = _FIXED.pack(_VERSION, number, picture.width, picture.height, picture.seed, picture.sample)
    return urlsafe_b64encode(fixed + excerpt).rstrip(b"=").decode("ascii")


def tokens_of(prompt: str, width: int, height: int, seed: int, samples: int, treatment: Treatment = "plain") -> list[str]:
    """The tokens of an order's pictures, what `to_token(picture_of(…))` gives for each sample.

    The short way for the answer to a submit, where prompt, size and seed are known to be in bounds.
    """
    number, bridge, rest = _tail(prompt)
    number |= _NUMBERS[treatment]
    tokens = []
    for sample in range(samples):
        fixed = _FIXED.pack(_VERSION, number, width, height, seed, sample)
        tokens.append(_url_safe(fixed + bridge) + rest)  # nearly always one: a comprehension costs more
    return tokens


def _url_safe(packed: bytes) -> str:
    # urlsafe_b64encode without its two calls in between: this runs for every picture of every submit.
    return b2a_base64(packed, newline=False).translate(_URL_SAFE, b"=\n").decode("ascii")


@lru_cache(maxsize=64)
def _tail(prompt: str) -> tuple[int, bytes, str]:
    """What a prompt adds to a token. Kept, because programs send the same few prompts over and over.

    Its second part fills the token's fixed part up to a multiple of three bytes, so that all behind it is in base64 already.
    """
    whole, number = prompt.encode("utf-8", "surrogatepass"), 0
    if len(prompt) > LONGEST_EXCERPT:
        excerpt = (prompt[: LONGEST_EXCERPT - 1] + ELLIPSIS).encode("utf-8", "replace")
        whole, number = blake2b(whole, digest_size=_DIGEST_BYTES).digest() + excerpt, _WITH_DIGEST
    bridge = -_FIXED.size % 3
    return number, whole[:bridge], _url_safe(whole[bridge:])


def from_token(text: str) -> Picture:
    """The picture `to_token` made this text of; `BadToken` for any other text."""
    if len(text) > _LONGEST_TOKEN:
        raise BadToken(f"a picture's token has at most {_LONGEST_TOKEN} characters, this has {len(text)}")
    try:
        picture = _unpacked(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, struct.error) as error:
        raise BadToken(f"not a picture's token: {error}") from None
    # Base64 has several spellings of the same bytes; one picture must have one address.
    if to_token(picture) != text:
        raise BadToken("not a picture's token, though much like one")
    return picture


def _unpacked(packed: bytes) -> Picture:
    version, number, width, height, seed, sample = _FIXED.unpack_from(packed)
    treatment = number & ~_WITH_DIGEST
    if version != _VERSION or treatment >= len(TREATMENTS):
        raise ValueError(f"version {version}, treatment {treatment}")
    excerpt = packed[_FIXED.size :]
    if number & _WITH_DIGEST:
        digest, excerpt = excerpt[:_DIGEST_BYTES].hex(), excerpt[_DIGEST_BYTES:]
    else:
        digest = _digest(excerpt)
    return Picture(width, height, seed, sample, excerpt.decode(), digest, TREATMENTS[treatment])
