"""A picture is drawn from dice thrown with its own facts, then treated, then labelled."""

import json

from PIL import Image, ImageFilter

from .canvas import Canvas
from .dice import Dice
from .label import put_label
from .lettering import face_for
from .palette import STEPS, Colour, finer, ramp
from .patterns import PATTERNS
from .picture import Picture
from .png import encode

NOTE_KEY = "modelslab-mock"

# The three pictures that stand for a refused one depend on nothing but the size: real clients know the real ones
# by a hash of the file.
_BLACK: Colour = (0, 0, 0)
_WHITE: Colour = (255, 255, 255)
_DARK_GREYS: list[Colour] = [(24 + 14 * step, 25 + 14 * step, 30 + 14 * step) for step in range(STEPS)]
_SENSITIVE = "Sensitive content"

_BLUR_STEPS = 8  # colours between two of the ramp's, lest the blur shows bands


def draw_png(picture: Picture) -> bytes:
    """The picture as PNG."""
    size = (picture.width, picture.height)
    match picture.treatment:
        case "black":
            return encode(Image.new("L", size), [_BLACK])
        case "blank":
            return encode(Image.new("L", size), [_WHITE])
        case "sensitive_content_text":
            return encode(_sensitive(size), _DARK_GREYS)
    note = note_of(picture)
    dice = Dice(note.encode())
    colours = ramp(dice)
    # Edges that are blurred or cut into squares need not be drawn smooth first.
    canvas = Canvas(*size, fine=None if picture.treatment == "plain" else 1)
    dice.pick(PATTERNS)(canvas, dice)
    image = canvas.finished()
    if picture.treatment == "blur":
        image = _blurred(image)
        colours = finer(colours, _BLUR_STEPS)
        put_label(image, picture, _BLUR_STEPS)
    else:
        if picture.treatment == "pixelate":
            image = _pixelated(image)
        put_label(image, picture)
    return encode(image, colours, (NOTE_KEY, note))


def note_of(picture: Picture) -> str:
    """What the picture is of, as the canonical JSON written into its file: ASCII, sorted keys, no spaces."""
    facts = {
        "prompt": picture.prompt,
        "prompt_digest": picture.digest,
        "seed": picture.seed,
        "width": picture.width,
        "height": picture.height,
        "sample": picture.sample,
    }
    return json.dumps(facts, sort_keys=True, separators=(",", ":"))


def _blurred(image: Image.Image) -> Image.Image:
    """The pattern out of focus, in the steps of the finer ramp."""
    shrink = max(1, min(image.size) // 40)
    small = image.point([min(255, place * _BLUR_STEPS) for place in range(256)]).reduce(shrink)
    return small.filter(ImageFilter.GaussianBlur(2.2)).resize(image.size, Image.Resampling.BILINEAR)


def _pixelated(image: Image.Image) -> Image.Image:
    """The pattern in big squares."""
    side = max(1, round(min(image.size) / 14), round(max(image.size) / 64))
    small = image.reduce(side)
    large = small.resize((small.width * side, small.height * side), Image.Resampling.NEAREST)
    return large.crop((0, 0, *image.size))


def _sensitive(size: tuple[int, int]) -> Image.Image:
    """A dark plane with words in its middle, if they have room."""
    image = Image.new("L", size)
    width, height = size
    text = max(9, min(round(width / 13), round(height / 5)))
    face = face_for(_SENSITIVE, text)
    mask = face.mask(_SENSITIVE)
    if mask.width < width and mask.height < height:
        image.paste(STEPS - 1, ((width - mask.width) // 2, (height - mask.height) // 2), mask)
    return image
