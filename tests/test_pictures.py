"""The placeholder pictures: tokens, and what is drawn for them."""

import hashlib
import io
import json
import os
import string
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from modelslab_mock.pictures import (
    LARGEST_SIDE,
    TREATMENTS,
    BadToken,
    Picture,
    Treatment,
    draw,
    from_token,
    picture_of,
    to_token,
)
from modelslab_mock.pictures.canvas import Canvas
from modelslab_mock.pictures.dice import Dice
from modelslab_mock.pictures.glyphs import table
from modelslab_mock.pictures.label import SMALLEST_SIDE, put_label
from modelslab_mock.pictures.lettering import face_for, wrapped
from modelslab_mock.pictures.palette import STEPS, ramp
from modelslab_mock.pictures.patterns import PATTERNS, Pattern
from modelslab_mock.pictures.reading import joined, one_line, runs_leftwards, visual

OF_THE_PROMPT: tuple[Treatment, ...] = ("plain", "blur", "pixelate")
OF_THE_SIZE: tuple[Treatment, ...] = ("black", "blank", "sensitive_content_text")

LONG_PROMPT = "A portrait of an astronaut riding a horse on Mars, highly detailed, cinematic lighting, 8k"

SCRIPTS = {
    "latin": "a red fox",
    "accents": "café à Zürich, żółw, Việt Nam",
    "cyrillic": "Кошка сидит на окне",
    "greek": "Η γάτα στο παράθυρο",
    "chinese": "一只可爱的猫坐在窗台上",
    "japanese": "かわいい猫とカタカナの写真",
    "korean": "창가에 앉은 귀여운 고양이",
    "arabic": "قطة لطيفة تجلس على النافذة",
    "hebrew": "חתול חמוד יושב על החלון",
    "devanagari": "खिड़की पर बैठी बिल्ली",
    "bengali": "জানালায় একটি বিড়াল",
    "tamil": "ஜன்னலில் பூனை",
    "thai": "แมวน่ารักนั่งริมหน้าต่าง",
    "georgian": "კატა ფანჯარაზე",
    "armenian": "Կատուն պատուհանին",
    "amharic": "ድመት በመስኮት",
    "emoji": "😀🐱🚀🌈🥺🪐",
}

seeds = st.integers(-(2**63), 2**63 - 1)
prompts = st.text(max_size=150)


def picture(prompt: str = "a cat", width: int = 160, height: int = 128, seed: int = 7, sample: int = 0) -> Picture:
    return picture_of(prompt, width=width, height=height, seed=seed, sample=sample)


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


@st.composite
def pictures(drawing: st.DrawFn, largest_side: int = LARGEST_SIDE) -> Picture:
    sides = st.integers(1, largest_side)
    return picture_of(
        drawing(prompts),
        width=drawing(sides),
        height=drawing(sides),
        seed=drawing(seeds),
        sample=drawing(st.integers(0, 65535)),
        treatment=drawing(st.sampled_from(TREATMENTS)),
    )


# --- the value and its token


@settings(max_examples=60)
@given(pictures())
def test_a_token_says_all_of_its_picture(original: Picture) -> None:
    token = to_token(original)
    assert set(token) <= set(string.ascii_letters + string.digits + "_-")
    assert from_token(token) == original


@given(st.text() | st.text("AQBCxyz019_-=", max_size=60) | st.binary(max_size=60).map(lambda data: data.hex()))
def test_any_other_text_is_a_bad_token(text: str) -> None:
    try:
        found = from_token(text)
    except BadToken:
        return
    assert to_token(found) == text


@given(pictures(), st.data())
def test_a_changed_token_is_bad_or_another_picture(original: Picture, data: st.DataObject) -> None:
    token = to_token(original)
    place = data.draw(st.integers(0, len(token) - 1))
    changed = token[:place] + data.draw(st.sampled_from("AQgw_-=\n é")) + token[place + 1 :]
    if changed == token:
        return
    try:
        found = from_token(changed)
    except BadToken:
        return
    assert found != original
    assert to_token(found) == changed


CAT = "AQACAAIAAAAAANCVY-0AAWEgY2F0"


@pytest.mark.parametrize(
    "text", ["", "A", "=", "AQ", "not a token", "AQAC\ud800", "é" * 40, "A" * 10_000, CAT + "=", CAT + "A", CAT[:20]]
)
def test_a_malformed_token_is_bad(text: str) -> None:
    with pytest.raises(BadToken):
        from_token(text)


def test_tokens_in_old_addresses_stay_good() -> None:
    assert to_token(picture_of("a cat", width=512, height=512, seed=3499451373, sample=1)) == CAT


def test_an_excerpt_is_whole_or_cut_with_an_ellipsis() -> None:
    assert picture("x" * 64).prompt == "x" * 64
    assert picture("x" * 65).prompt == "x" * 63 + "…"
    assert picture("").prompt == ""


def test_long_prompts_with_one_beginning_are_different_pictures() -> None:
    one, other = picture("x" * 100 + "a"), picture("x" * 100 + "b")
    assert one.prompt == other.prompt
    assert one.digest == hashlib.blake2b(b"x" * 100 + b"a", digest_size=8).hexdigest()
    assert draw(one) != draw(other)


def test_half_a_surrogate_pair_makes_a_picture_too() -> None:
    one, other = picture("a \ud800 cat"), picture("a \ud801 cat")
    assert one.digest != other.digest
    assert from_token(to_token(one)) == one
    assert opened(draw(one)).size == (160, 128)


@pytest.mark.parametrize(
    "change",
    [
        {"width": 0}, {"width": 4097}, {"height": 0}, {"height": 4097}, {"seed": 2**63}, {"seed": -(2**63) - 1},
        {"sample": -1}, {"sample": 65536}, {"prompt": "x" * 65}, {"prompt": "\ud800"}, {"digest": "0" * 15},
        {"digest": "G" * 16}, {"digest": "A" * 16}, {"treatment": "sepia"},
    ],
)  # fmt: skip
def test_a_picture_out_of_bounds_cannot_be_made(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"a picture's|surrogates"):
        replace(picture(), **change)  # type: ignore[arg-type]


# --- drawing


@settings(deadline=None, max_examples=60)
@given(pictures(largest_side=300))
def test_a_drawn_picture_is_a_palette_png_of_its_size(drawn: Picture) -> None:
    png = draw(from_token(to_token(drawn)))
    assert png == draw(drawn)
    image = opened(png)
    assert (image.format, image.mode, image.size) == ("PNG", "P", (drawn.width, drawn.height))


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize(
    "size", [(1, 1), (2, 1), (1, 1024), (1024, 1), (1024, 64), (95, 96), (96, 96), (97, 300), (2048, 2048)]
)
def test_any_shape_can_be_drawn(size: tuple[int, int], treatment: Treatment) -> None:
    drawn = picture_of(LONG_PROMPT, width=size[0], height=size[1], seed=5, sample=1, treatment=treatment)
    assert opened(draw(drawn)).size == size


def test_the_largest_picture_can_be_drawn() -> None:
    assert opened(draw(picture(width=4096, height=4096))).size == (4096, 4096)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: str(pattern.__name__))
def test_a_pattern_fills_any_canvas_with_several_inks(pattern: Pattern) -> None:
    for width, height in ((1, 1), (1, 300), (300, 1), (64, 64), (320, 180)):
        canvas = Canvas(width, height)
        pattern(canvas, Dice(b"key"))
        image = canvas.finished()
        low, high = image.getextrema()
        assert image.size == (width, height)
        assert isinstance(low, int)
        assert isinstance(high, int)
        assert 0 < low <= high < STEPS  # ink 0 is the label's, and what a pattern left bare
        assert width * height < 1000 or high - low >= 4


@given(st.binary(max_size=8))
def test_a_ramp_gets_lighter_with_every_step(key: bytes) -> None:
    luminances = [0.2126 * r**2.2 + 0.7152 * g**2.2 + 0.0722 * b**2.2 for r, g, b in ramp(Dice(key))]
    assert luminances == sorted(luminances)
    assert luminances[-1] > 8 * luminances[0]


def test_a_picture_is_the_same_in_every_process_and_its_token_needs_no_pillow() -> None:
    code = """
import hashlib, sys
from modelslab_mock.pictures import TREATMENTS, draw, from_token, picture_of, to_token
tokens = [
    to_token(picture_of(prompt, width=200, height=150, seed=-3, sample=2, treatment=treatment))
    for prompt in ("a cat", "\\u732b caf\\xe9") for treatment in TREATMENTS
]
assert "PIL" not in sys.modules
for token in tokens:
    print(token, hashlib.sha256(draw(from_token(token))).hexdigest())
"""
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONHASHSEED": hash_seed}
        said = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
        ).stdout
        assert len(said.splitlines()) == 2 * len(TREATMENTS)
        for line in said.splitlines():
            token, digest = line.split()
            assert hashlib.sha256(draw(from_token(token))).hexdigest() == digest


def test_pictures_can_be_drawn_in_many_threads() -> None:
    several = [
        picture_of(prompt, width=171 + 13 * number, height=150, seed=number, sample=0)
        for number in range(6)
        for prompt in SCRIPTS.values()
    ]
    with ThreadPoolExecutor(8) as threads:
        drawn = list(threads.map(draw, several))
    assert drawn == [draw(one) for one in several]


@pytest.mark.parametrize("treatment", OF_THE_PROMPT)
def test_whatever_differs_is_seen(treatment: Treatment) -> None:
    first = replace(picture(), treatment=treatment)
    others = [
        replace(first, sample=1),
        replace(first, seed=8),
        replace(first, height=129),
        replace(picture("a dog"), treatment=treatment),
    ]
    pixels = {opened(draw(one)).convert("RGB").tobytes() for one in (first, *others)}
    assert len(pixels) == 1 + len(others)


def test_treatments_differ() -> None:
    assert len({draw(replace(picture(), treatment=treatment)) for treatment in TREATMENTS}) == len(TREATMENTS)


@pytest.mark.parametrize("treatment", OF_THE_SIZE)
def test_a_replacement_depends_on_its_size_only(treatment: Treatment) -> None:
    first = picture_of("a cat", width=256, height=192, seed=1, sample=0, treatment=treatment)
    second = picture_of("猫" * 99, width=256, height=192, seed=-9, sample=3, treatment=treatment)
    assert draw(first) == draw(second)
    assert draw(first) != draw(replace(first, width=255))
    assert not getattr(opened(draw(first)), "text", None)


def test_black_is_black_and_blank_is_white() -> None:
    black = opened(draw(replace(picture(), treatment="black"))).convert("RGB")
    blank = opened(draw(replace(picture(), treatment="blank"))).convert("RGB")
    assert black.getcolors() == [(160 * 128, (0, 0, 0))]
    assert blank.getcolors() == [(160 * 128, (255, 255, 255))]


def test_the_words_for_sensitive_content_stand_in_the_middle() -> None:
    image = opened(draw(replace(picture(width=512, height=512), treatment="sensitive_content_text"))).convert("L")
    box = image.point([255 if grey > 100 else 0 for grey in range(256)]).getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert abs(left + right - 512) < 8
    assert abs(top + bottom - 512) < 24
    assert right - left > 200


@pytest.mark.parametrize("treatment", OF_THE_PROMPT)
def test_the_file_says_what_it_is_of(treatment: Treatment) -> None:
    drawn = replace(picture('猫 "x"\n…' + "y" * 90), treatment=treatment)
    image = opened(draw(drawn))
    assert isinstance(image.info["modelslab-mock"], str)
    said = json.loads(image.info["modelslab-mock"])
    assert said == {
        "prompt": drawn.prompt,
        "prompt_digest": drawn.digest,
        "seed": 7,
        "width": 160,
        "height": 128,
        "sample": 0,
    }
    assert image.info["modelslab-mock"] == json.dumps(said, sort_keys=True, separators=(",", ":"))
    assert set(image.info) == {"modelslab-mock"}


# --- the label and its letters


def labelled(prompt: str, width: int = 512, height: int = 512) -> Image.Image:
    image = Image.new("L", (width, height), 7)
    put_label(image, picture(prompt, width, height))
    return image


def test_a_label_is_dark_with_bright_letters_and_leaves_the_pattern_above_it() -> None:
    image = labelled("a cat")
    assert image.getextrema() == (0, 15)
    assert image.crop((0, 0, 512, 256)).getextrema() == (7, 7)


def test_a_small_picture_has_no_label() -> None:
    for size in ((SMALLEST_SIDE - 1, 512), (512, SMALLEST_SIDE - 1), (1, 1)):
        assert labelled("a cat", *size).getextrema() == (7, 7)


@given(st.integers(1, 900), st.integers(1, 900), prompts)
@settings(deadline=None, max_examples=60)
def test_a_label_never_covers_more_than_half(width: int, height: int, prompt: str) -> None:
    image = labelled(prompt, width, height)
    box = image.point([255 if place != 7 else 0 for place in range(256)]).getbbox()
    assert box is None or box[1] >= height * 0.45


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_is_shown_in_its_own_glyphs(script: str) -> None:
    text = SCRIPTS[script]
    shown = joined(one_line(text))
    letters = {character for character in shown if character != " "}
    missing = table().find("\N{REPLACEMENT CHARACTER}")
    found = {letter: table().find(letter) for letter in letters}
    for glyph in found.values():
        assert glyph is not None
        assert glyph != missing
        assert any(glyph.rows)
    assert len({glyph.rows for glyph in found.values() if glyph}) > len(letters) * 0.75  # А and A may look the same

    image = labelled(text)
    for filler in (" ", "\N{REPLACEMENT CHARACTER}", "\U0010ffff"):
        assert image.tobytes() != labelled("".join(c if c == " " else filler for c in text)).tobytes()
    mask = face_for(shown, 20).mask(shown)
    assert mask.getbbox() is not None
    assert mask.tobytes() != face_for(shown, 20).mask(" " * len(shown)).tobytes()


@given(prompts, st.integers(9, 60), st.integers(60, 900), st.integers(1, 3))
@settings(deadline=None, max_examples=60)
def test_wrapped_lines_fit(text: str, size: int, limit: int, rows: int) -> None:
    text = one_line(text)
    face = face_for(text, size)
    lines = wrapped(text, face, limit, rows)
    assert len(lines) <= rows
    for line in lines:
        assert len(line) <= 1 or face.width(line) <= limit
    whole = "".join(lines).replace(" ", "")
    assert whole == text.replace(" ", "") or whole.endswith("…")


def test_control_characters_are_spaces_and_invisible_ones_nothing() -> None:
    assert one_line("  a\tb\r\nc\x00d\u2028e\u00a0 f ") == "a b c d e f"
    assert one_line("\u200ba\ufeff\ufe0f👍🏽") == "a👍"
    assert one_line("e\u0301") == "é"


def test_characters_without_a_glyph_are_spelt_simpler_or_marked() -> None:
    fraktur, plain = (face_for(text, 20).mask(text).tobytes() for text in ("é𝔘𝔫", "éUn"))
    assert fraktur == plain
    marked, missing = (face_for(text, 20).mask(text).tobytes() for text in ("é\U00020000", "é\N{REPLACEMENT CHARACTER}"))
    assert marked == missing


def test_arabic_letters_join() -> None:
    assert joined("بيت") == "\ufe91\ufef4\ufe96"  # initial, medial, final
    assert joined("دار") == "\ufea9\ufe8d\ufead"  # none of these joins what follows
    assert joined("لا") == "\ufefb"
    assert joined("cat") == "cat"


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("abc אבג def", "abc גבא def"),
        ("abc אבג 123 דהו def", "abc והד 123 גבא def"),
        ("אבג abc 123 דהו", "והד abc 123 גבא"),
        ("אבג 123 (דהו)", "(והד) 123 גבא"),
        ("אבג, דהו!", "!והד ,גבא"),
        ("שָׁלוֹם", "םוֹלשָׁ"),
        ("plain", "plain"),
    ],
)
def test_leftward_scripts_are_turned_round(line: str, seen: str) -> None:
    # unicodedata keeps the marks behind their letters; both sides are compared in one order of marks
    assert one_line(visual(one_line(line), runs_leftwards(line))) == one_line(seen)
