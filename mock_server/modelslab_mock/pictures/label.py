"""A label is a dark card at the foot of a picture that says in words what the picture was asked to be."""

from dataclasses import dataclass

from PIL import Image, ImageDraw

from .lettering import Face, face_for, wrapped
from .picture import Picture
from .reading import joined, one_line, runs_leftwards, visual

# Below this there is no room for a word that can be read.
SMALLEST_SIDE = 96
_LARGEST_SHARE = 0.46  # of the picture's height
_PAPER, _FAINT, _SOFT, _BRIGHT = 0, 8, 11, 15
_FOOT = "modelslab-mock placeholder"


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    face: Face
    ink: int
    gap: int  # left free above
    rightmost: bool = False


def put_label(image: Image.Image, picture: Picture, scale: int = 1) -> None:
    """Draws the label into the finished pattern, if it has room; a pixel of `image` is a place times the scale."""
    if min(image.size) < SMALLEST_SIDE:
        return
    text = max(9, round(min(image.width, image.height * 1.3) / 25))
    margin, padding = round(text * 0.8), round(text * 0.75)
    width = image.width - 2 * margin
    rows = _rows(picture, text, width - 2 * padding, image.height * _LARGEST_SHARE - 2 * padding)
    if not rows:
        return
    height = _height(rows) + 2 * padding
    card = _card(width, height, round(text * 0.5))
    top = image.height - margin - height
    image.paste(_PAPER * scale, (margin, top), card)
    y = top + padding
    for row in rows:
        y += row.gap
        mask = row.face.mask(row.text)
        x = margin + width - padding - mask.width if row.rightmost else margin + padding
        image.paste(row.ink * scale, (x, y), mask)
        y += row.face.height


def _rows(picture: Picture, text: int, width: float, room: float) -> list[_Row]:
    """The rows that fit: the last line goes first, then the prompt's from its end, then all."""
    # An x for the sign of multiplication, which Pillow's face has not.
    facts = f"{picture.width} x {picture.height} · seed {picture.seed} · sample {picture.sample}"
    small, tiny = max(9, round(text * 0.82)), max(8, round(text * 0.62))
    face = face_for(facts, small)
    head = [_Row(line.removesuffix(" ·"), face, _SOFT, 0) for line in _facts(facts, face, width)]
    face = face_for(_FOOT, tiny)
    foot = [_Row(_FOOT, face, _FAINT, round(text * 0.45))] if face.width(_FOOT) <= width else []
    prompt = joined(one_line(picture.prompt))
    face = face_for(prompt, text)
    leftwards = runs_leftwards(prompt)
    for lines, last in ((3, foot), (3, []), (2, []), (1, []), (0, [])):
        body = [
            _Row(visual(line, leftwards), face, _BRIGHT, 0 if index else round(text * 0.2), leftwards)
            for index, line in enumerate(wrapped(prompt, face, width, lines) if lines else [])
        ]
        rows = [*head, *body, *last]
        if _height(rows) <= room:
            return rows
    return []


def _facts(facts: str, face: Face, width: float) -> list[str]:
    """One line if it fits, else broken at the dots."""
    if face.width(facts) <= width:
        return [facts]
    lines: list[str] = []
    for fact in facts.split(" · "):
        if lines and face.width(f"{lines[-1]} · {fact}") <= width:
            lines[-1] += f" · {fact}"
        else:
            lines.append(fact)
    return lines


def _height(rows: list[_Row]) -> int:
    return sum(row.gap + row.face.height for row in rows)


def _card(width: int, height: int, radius: int) -> Image.Image:
    """A mask of a box with smooth round corners."""
    card = Image.new("L", (width, height), 255)
    disc = Image.new("L", (8 * radius, 8 * radius))
    ImageDraw.Draw(disc).ellipse((0, 0, 8 * radius - 1, 8 * radius - 1), fill=255)
    disc = disc.reduce(4)
    for x, left in ((0, 0), (radius, width - radius)):
        for y, top in ((0, 0), (radius, height - radius)):
            card.paste(disc.crop((x, y, x + radius, y + radius)), (left, top))
    return card
