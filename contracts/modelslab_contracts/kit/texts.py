"""Texts of all kinds that people write into prompts, and addresses: right ones and wrong ones."""

from __future__ import annotations

from collections.abc import Sequence

from .chance import Chance, lean, one_in, pick

#: What a long text is made of, and how long it gets: beyond every line buffer, below every limit on bodies.
LONG = 10_000
#: Short texts, the plainest first; each one breaks somebody's code. None holds half a surrogate pair.
SHORT: Sequence[str] = (
    "a cat",
    "ultra realistic ((close up)) portrait, 8k",
    "Füchse im Schnee, à gauche",
    "a fox 🦊 in the snow 👩‍👩‍👧‍👦 🇩🇪",
    "قطة صغيرة على السطح",
    "写真のような猫",
    "שלום \u202eעולם\u202c",
    "one line\u2028and another\u2029and more",
    "line\nbreak\r\nand\ttab",
    'say "cheese", it\'s `fine` \\ done\\n',
    "100% {braces} %s ${HOME} <b>&amp;</b>",
    "e\u0301 is not é \u00a0\u200b\ufeff",
    "  spaces at both ends  ",
    "null",
    "0",
    "true",
    "\U0010ffff\ue000\x7f\x01",
    "[[brackets]] [a:b:0.5] (x:1.2)",
)
#: Single characters for texts that are put together.
_LETTERS = "a bcdefghijklmnopqrstuvwxyzABCXYZ0123456789.,:;-_()'\"\\/<>&%ßéñøЖяقあ中🦊\u2028\u202e\t\n"
_WORDS = 8

#: Addresses for webhooks that nobody calls: names kept for examples, and the machine itself.
URLS: Sequence[str] = (
    "https://example.org/hook",
    "http://127.0.0.1:9/hook",
    "http://localhost:9/hook?job=1&user=ann%20lee",
    "https://example.org",
    "https://hooks.example.org:8443/a/b/c/#part",
)
#: Addresses that are right and seldom seen.
ODD_URLS: Sequence[str] = (
    "http://[::1]:9/hook",
    "HTTPS://EXAMPLE.ORG/HOOK",
    "https://user:secret@example.org/hook",
    "https://xn--bcher-kva.example.org/%C3%BC",
    "https://example.org/" + "long/" * 300,
    "http://example.org:65535/?",
)
NOT_URLS: Sequence[str] = (
    "nowhere",
    "",
    "ftp://example.org/hook",
    "https://",
    "//example.org/hook",
    "https://example.org/a b",
    "http://example.org:0/",
    "http://[::1/hook",
    "https://example.org/\n",
    "javascript:alert(1)",
)


def text(chance: Chance) -> str:
    """A text of some kind, "a cat" first."""
    if one_in(chance, 4):
        return put_together(chance)
    return lean(chance, SHORT)


def put_together(chance: Chance) -> str:
    """A text of drawn characters."""
    length = 1 + chance.below(1 + chance.below(_WORDS * 5))
    return "".join(pick(chance, _LETTERS) for _ in range(length))


def long_text(chance: Chance) -> str:
    """A text of ten thousand characters or a few more."""
    piece = lean(chance, SHORT) + " "
    return piece * (LONG // len(piece) + 1)
