"""Edits of listed values, types, numbers and strings."""

from __future__ import annotations

from typing import Any

from .rows import PATTERNS, WORDS, Pair, Rng, both_ways, row, scalar, with_


@both_ways("enum-value-removed", "enum-value-added")
def _(rng: Rng) -> Pair:
    values: list[Any] = rng.choice(
        [rng.sample(WORDS, 4), [21, 31, 41], ["a", 1, None, True], [{"a": 1}, {"a": 2}], [[], [1], 0.5]]
    )
    return {"enum": values}, {"enum": values[:-1]}


@row("enum-value-renamed")
def _(rng: Rng) -> Pair:
    values = rng.sample(WORDS, 3)
    return {"enum": values}, {"enum": [*values[:-1], values[-1].upper() if rng.random() < 0.5 else values[-1] + "+"]}


@both_ways("became-enum", "no-longer-enum")
def _(rng: Rng) -> Pair:
    old = rng.choice([{"type": "string"}, {"type": "string", "maxLength": 4}, {"type": "integer"}, {"type": "boolean"}, True])
    return old, with_({} if old is True else old, enum=[*rng.sample(WORDS, 3), 1, True, False])


@row("enum-reordered")
def _(rng: Rng) -> Pair:
    values = rng.sample(WORDS, 3)
    return {"type": "string", "enum": values}, {"enum": [*reversed(values)]}


@both_ways("const-added", "const-removed")
def _(rng: Rng) -> Pair:
    return scalar(rng), {"const": rng.choice([*WORDS, 1, None])}


@row("const-changed")
def _(rng: Rng) -> Pair:
    values: list[Any] = [*WORDS, 1, 1.5, None, True, [], {}]
    one, other = rng.sample(values, 2)
    return {"const": one}, {"const": other}


@row("const-respelt")
def _(rng: Rng) -> Pair:
    value = rng.choice([*WORDS, 1, None, [1, {"a": 2}]])
    return {"const": value}, {"enum": [value, value]}


@row("default-changed")
def _(rng: Rng) -> Pair:
    old = scalar(rng)
    return with_(old, default=1), with_(old, default=2, description="other", examples=[3])


@both_ways("type-widened", "type-narrowed")
def _(rng: Rng) -> Pair:
    kinds = rng.sample(["string", "integer", "boolean", "null", "array", "object"], 3)
    return rng.choice([
        ({"type": "integer"}, {"type": "number"}),
        ({"type": kinds[0]}, {"type": kinds}),
        ({"type": kinds[:2]}, {}),
        ({"type": kinds[:2]}, {"anyOf": [{"type": each} for each in kinds]}),
    ])  # fmt: skip


@row("type-changed")
def _(rng: Rng) -> Pair:
    one, other = rng.sample(["string", "integer", "number", "boolean", "null", "array", "object"], 2)
    return {"type": one}, {"type": other}


@both_ways("text-for-integer", "integer-for-text")
def _(rng: Rng) -> Pair:
    old = {"type": "integer", "minimum": 0}
    text = {"type": "string", "pattern": rng.choice([r"^\d+$", "^[0-9]+$", "^[1-9][0-9]*$"])}
    return old, rng.choice([text, {"anyOf": [old, text]}])


@row("yes-no-for-boolean")
def _(rng: Rng) -> Pair:
    pair = {"enum": ["yes", "no"]}, {"type": "boolean"}
    return rng.choice([pair, pair[::-1]])


@row("format-changed")
def _(rng: Rng) -> Pair:
    return {"type": "string", "format": rng.choice(["uri", "email"])}, {
        "type": "string",
        "contentEncoding": "base64",
        "format": "date",
    }


@row("null-for-empty-text")
def _(rng: Rng) -> Pair:
    return {"type": ["string", "null"], "minLength": rng.randint(0, 1)}, {"type": "string"}


def number(rng: Rng) -> dict[str, Any]:
    return rng.choice(
        [{"type": "integer"}, {"type": "number"}, {"type": ["integer", "null"]}, {}, {"type": "integer", "multipleOf": 8}]
    )


for _word, _low in (("maximum", -4), ("minimum", -4), ("exclusiveMaximum", -4), ("exclusiveMinimum", -4)):

    @both_ways(f"{_word}-up", f"{_word}-down")
    def _(rng: Rng, word: str = _word, low: int = _low) -> Pair:
        old, bound = number(rng), rng.choice([rng.randint(low, 1024), rng.randint(0, 9) + 0.5, 0])
        return with_(old, **{word: bound}), with_(old, **{word: bound + rng.choice([1, 0.5, 8])})

    @both_ways(f"{_word}-set", f"{_word}-unset")
    def _(rng: Rng, word: str = _word, low: int = _low) -> Pair:
        old = number(rng)
        return old, with_(old, **{word: rng.choice([rng.randint(low, 50), 2.5])})


@both_ways("bound-became-exclusive", "bound-became-inclusive")
def _(rng: Rng) -> Pair:
    old, word, bound = number(rng), rng.choice(["Minimum", "Maximum"]), rng.choice([0, 1, 8, 2.5])
    return with_(old, **{word.lower(): bound}), with_(old, **{"exclusive" + word: bound})


@row("bounds-respelt")
def _(rng: Rng) -> Pair:
    low = rng.randint(-3, 9)
    return {"type": "integer", "exclusiveMinimum": low, "maximum": 20}, {
        "type": "integer",
        "minimum": rng.choice([low + 1, low + 0.5]),
        "exclusiveMaximum": 21,
    }


@both_ways("multipleOf-set", "multipleOf-unset")
def _(rng: Rng) -> Pair:
    old = rng.choice([{"type": "integer"}, {"type": "number"}, {"type": "integer", "minimum": 1, "maximum": 5}])
    return old, with_(old, multipleOf=rng.choice([1, 2, 8, 64, 0.5, 1.5]))


@both_ways("multipleOf-to-a-multiple", "multipleOf-to-a-divisor")
def _(rng: Rng) -> Pair:
    old, step = (
        rng.choice([{"type": "integer"}, {"type": "number"}, {"type": "number", "maximum": 9}]),
        rng.choice([2, 3, 8, 0.5, 0.25]),
    )
    return with_(old, multipleOf=step), with_(old, multipleOf=step * rng.choice([2, 3, 4]))


@row("multipleOf-unrelated")
def _(rng: Rng) -> Pair:
    old = rng.choice([{"type": "integer"}, {"type": "number"}, {"type": "integer", "minimum": 1, "maximum": 20}])
    one, other = rng.sample([3, 4, 5, 7, 8, 1.5, 2.5], 2)
    return with_(old, multipleOf=one), with_(old, multipleOf=other)


@row("multipleOf-of-tenths")
def _(rng: Rng) -> Pair:
    one, other = rng.choice([0.1, 0.01, 0.2, 0.3]), rng.choice([0.1, 0.01, 0.05, 1])
    return {"type": "number", "multipleOf": one, "minimum": 0}, {"type": "number", "multipleOf": other, "minimum": 0}


@both_ways("bounds-emptied", "bounds-filled")
def _(rng: Rng) -> Pair:
    return {"type": "integer", "minimum": 5, "maximum": 9}, {"type": "integer", "minimum": 5, "maximum": rng.choice([4, 3])}


for _word in ("maxLength", "minLength"):

    @both_ways(f"{_word}-up", f"{_word}-down")
    def _(rng: Rng, word: str = _word) -> Pair:
        old, size = rng.choice([{"type": "string"}, {}, {"type": "string", "pattern": rng.choice(PATTERNS)}]), rng.randint(0, 9)
        return with_(old, **{word: size}), with_(old, **{word: size + rng.randint(1, 3)})

    @both_ways(f"{_word}-set", f"{_word}-unset")
    def _(rng: Rng, word: str = _word) -> Pair:
        old = rng.choice(
            [
                {"type": "string"},
                {"type": "string", "enum": rng.sample(WORDS, 3)},
                {"type": "string", "pattern": rng.choice(PATTERNS)},
            ]
        )
        return old, with_(old, **{word: rng.randint(0, 6)})


@both_ways("pattern-added", "pattern-removed")
def _(rng: Rng) -> Pair:
    old = rng.choice([{"type": "string"}, {"type": "string", "maxLength": 3}, {"type": "string", "enum": rng.sample(WORDS, 3)}])
    return old, with_(old, pattern=rng.choice(PATTERNS))


@row("pattern-changed")
def _(rng: Rng) -> Pair:
    one, other = rng.sample(PATTERNS, 2)
    return {"type": "string", "pattern": one}, {"type": "string", "pattern": other}


@both_ways("pattern-narrowed", "pattern-widened")
def _(rng: Rng) -> Pair:
    wide, narrow = rng.choice(
        [("^[a-z0-9]+$", "^[a-z]+$"), ("^a", "^ab"), ("^.{0,8}$", "^.{1,4}$"), ("png$|jpg$", "png$"), ("[0-9]", "^[0-9]{3}$")]
    )
    return {"type": "string", "pattern": wide}, {"type": "string", "pattern": narrow}


@row("pattern-respelt")
def _(rng: Rng) -> Pair:
    one, other = rng.choice(
        [
            ("^[a-z]+$", "^[a-z][a-z]*$"),
            ("^(yes|no)$", "^(?:no|yes)$"),
            ("^a{2}$", "^aa$"),
            ("^x-", "^x-.*"),
            ("^[0-9]{1,3}$", "^[0-9][0-9]?[0-9]?$"),
        ]
    )
    return {"type": "string", "pattern": one}, {"type": "string", "pattern": other}


@row("pattern-of-classes")
def _(rng: Rng) -> Pair:
    one, other = rng.sample([r"^\d+$", "^[0-9]+$", r"^\w+$", "^[A-Za-z0-9_]+$", r"^\S+$", r"^\d{4}-\d{2}$"], 2)
    return {"type": "string", "pattern": one}, {"type": "string", "pattern": other}


@row("pattern-with-lookaround")
def _(rng: Rng) -> Pair:
    one, other = rng.sample(["^(?!mock-).*$", "^(?=.*[0-9]).+$", "^mock-", r"\byes\b"], 2)
    return {"type": "string", "pattern": one}, {"type": "string", "pattern": other}
