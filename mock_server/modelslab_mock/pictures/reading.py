"""Text as it is read: one line, letters joined where their script joins them, right-to-left parts turned round.

This is the simple form of what a text engine does: enough to read a prompt, without one.
"""

import unicodedata
from functools import cache
from itertools import groupby

# Half of a presentation form's decomposition says which form it is.
_FORMS = ("<isolated>", "<final>", "<initial>", "<medial>")
_TATWEEL = "ـ"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_VARIATIONS = range(0xFE00, 0xFE10)
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def one_line(text: str) -> str:
    """The text with all spaces and control characters as single spaces and invisible characters left out."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = []
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if category == "Cc" or category.startswith("Z"):
            kept.append(" ")
        elif category != "Cf" and ord(character) not in _VARIATIONS and ord(character) not in _SKIN_TONES:
            kept.append(character)
    return " ".join("".join(kept).split())


@cache
def _arabic_forms() -> dict[str, dict[str, str]]:
    """For an Arabic letter, or lam with alef, the characters that draw its four forms."""
    forms: dict[str, dict[str, str]] = {}
    for code in (*range(0xFB50, 0xFC00), *range(0xFE80, 0xFEFD)):
        form, *letters = unicodedata.decomposition(chr(code)).split() or [""]
        if form in _FORMS:
            forms.setdefault("".join(chr(int(letter, 16)) for letter in letters), {})[form] = chr(code)
    return forms


def joined(text: str) -> str:
    """The text with each Arabic letter in the form its neighbours give it."""
    if not any("\u0600" <= character <= "\u06ff" for character in text):
        return text
    forms = _arabic_forms()
    letters: list[str] = []
    for character in text:
        if letters and letters[-1] + character in forms:  # lam and alef are written as one
            letters[-1] += character
        else:
            letters.append(character)

    def neighbour(index: int, step: int) -> str:
        index += step
        while 0 <= index < len(letters) and unicodedata.category(letters[index][0]) == "Mn":
            index += step
        return letters[index] if 0 <= index < len(letters) else ""

    def reaches(letter: str, form: str) -> bool:
        return letter == _TATWEEL or form in forms.get(letter, {})

    drawn = []
    for index, letter in enumerate(letters):
        own = forms.get(letter, {})
        before = "<final>" in own and reaches(neighbour(index, -1), "<initial>")
        after = "<initial>" in own and reaches(neighbour(index, 1), "<final>")
        form = "<medial>" if before and after else "<final>" if before else "<initial>" if after else "<isolated>"
        drawn.append(own.get(form, letter))
    return "".join(drawn)


def runs_leftwards(text: str) -> bool:
    """Whether the first letter with a direction is of a script written from right to left."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((direction != "L" for direction in directions if direction in ("L", "R", "AL")), False)


def visual(line: str, leftwards: bool) -> str:
    """The line in the order its characters stand from left to right, as part of a text that runs leftwards or not.

    Follows the Unicode bidirectional algorithm for letters, numbers and what stands between them; signs that belong
    to a number by its finer rules (12%) and explicit directions do not occur in prompts often enough.
    """
    if not leftwards and not any(unicodedata.bidirectional(character) in ("R", "AL") for character in line):
        return line
    clusters: list[str] = []  # a letter with its marks, which stay behind it
    for character in line:
        if clusters and unicodedata.category(character) in ("Mn", "Me"):
            clusters[-1] += character
        else:
            clusters.append(character)
    main = "R" if leftwards else "L"
    own = {"L": 2 if leftwards else 0, "R": 1, "number": 2}
    levels = [own[direction] for direction in _directions(clusters, main)]
    clusters = [cluster.translate(_MIRRORED) if level % 2 else cluster for cluster, level in zip(clusters, levels, strict=True)]
    order = _turned(_turned(list(range(len(clusters))), levels, 2), levels, 1)
    return "".join(clusters[index] for index in order)


def _turned(order: list[int], levels: list[int], lowest: int) -> list[int]:
    """The places with each stretch of at least that level turned round."""
    turned: list[int] = []
    for high, stretch in groupby(order, lambda place: levels[place] >= lowest):
        places = list(stretch)
        turned += reversed(places) if high else places
    return turned


def _directions(clusters: list[str], main: str) -> list[str]:
    """For each cluster: L, R, or that it is a number among text that runs leftwards."""
    known: list[str] = []
    letters = main
    for cluster in clusters:
        kind = unicodedata.bidirectional(cluster[0])
        if kind in ("L", "R", "AL"):
            letters = "L" if kind == "L" else "R"
            known.append(letters)
        elif kind in ("EN", "AN"):
            known.append("number" if letters == "R" else "L")
        else:
            known.append("")
    # What has no direction takes that of its two neighbours if these agree (a number goes with R), else the text's.
    found = []
    for index, direction in enumerate(known):
        before = next((other for other in reversed(known[:index]) if other), main)
        after = next((other for other in known[index:] if other), main)
        agreed = "L" if before == after == "L" else "R" if "L" not in (before, after) else main
        found.append(direction or agreed)
    return found
