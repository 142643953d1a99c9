"""The word somebody probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, or None when none is near. Case, `-` and `_` do not count."""
    import difflib

    folded = {_fold(each): each for each in known}
    close = difflib.get_close_matches(_fold(word), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or nothing: the end of every sentence about an unknown word."""
    close = nearest(word, known)
    return f"; did you mean {close!r}?" if close else ""


def there_are(word: str, known: Iterable[str]) -> str:
    """The same, and what there is: the end of a sentence about an unknown word where the known ones are few."""
    words = [*known]
    close, all_of_them = did_you_mean(word, words), ", ".join(words)
    return f"{close} There are {all_of_them}" if close else f"; there are {all_of_them}"


def meant(sentence: str) -> str | None:
    """The word that a sentence names which ends in `did_you_mean`; None when it names none."""
    found = _MEANT.search(sentence)
    return found[1] or found[2] if found else None


_MEANT = re.compile(r"""; did you mean (?:'([^']*)'|"([^"]*)")\?$""")


def _fold(word: str) -> str:
    return word.lower().replace("_", "-")
