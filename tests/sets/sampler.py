"""Values drawn from a schema by guesswork: the second opinion on every verdict. It shares no code with the decision.

It knows what a schema mentions (bounds, lengths, listed values, names) and draws near that; whether a value is valid is
for the engines to say.
"""

from __future__ import annotations

import random
import re
import warnings
from typing import Any

import jsonschema
import jsonschema_rs

TEXTS = [
    "",
    "a",
    "b",
    "ab",
    "abc",
    "yes",
    "no",
    "0",
    "1",
    "12",
    "123",
    "a1",
    "A",
    "x",
    "x-a",
    "x-1",
    "-",
    " ",
    "é",
    "٣",
    "a\n",
    "aaaa",
]
NUMBERS: list[Any] = [0, 1, 2, 3, 4, 5, 7, 8, 10, 12, 16, 24, -1, 0.5, 1.5, 2.5, 0.25, 0.1, 1.0, 100]


class Engines:
    """Both validators of a schema, asked one by one."""

    def __init__(self, schema: Any) -> None:
        self.slow = jsonschema.Draft202012Validator(schema)
        self.fast = jsonschema_rs.Draft202012Validator(schema, validate_formats=False)

    def both(self, value: Any) -> tuple[bool, bool]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bool(self.slow.is_valid(value)), self.fast.is_valid(value)


class Sampler:
    """Draws values that two schemas might tell apart."""

    def __init__(self, rng: random.Random, *schemas: Any) -> None:
        self.rng = rng
        self.texts = list(TEXTS)
        self.numbers = list(NUMBERS)
        self.names = ["a", "b", "x-a", "zz", ""]
        self.values: list[Any] = [None, True, False]
        for schema in schemas:
            self._learn(schema)

    def _learn(self, node: Any) -> None:
        if isinstance(node, list):
            for each in node:
                self._learn(each)
        if not isinstance(node, dict):
            return
        for key, value in node.items():
            if key in ("enum", "const"):
                self._learn_values(value if key == "enum" else [value])
            else:
                self._learn_word(key, value)
                self._learn(value)

    def _learn_values(self, listed: list[Any]) -> None:
        self.values += listed
        self.texts += [each for each in listed if isinstance(each, str)]
        self.numbers += [each for each in listed if isinstance(each, (int, float)) and not isinstance(each, bool)]

    def _learn_word(self, key: str, value: Any) -> None:
        if key in ("minLength", "maxLength") and isinstance(value, int):
            self.texts += ["a" * min(60, max(0, value + step)) for step in (-1, 0, 1)]
        elif key == "pattern" and isinstance(value, str):
            self.texts += like(self.rng, value)
        elif key == "patternProperties":
            self.names += [each for pattern in value for each in like(self.rng, pattern)]
        elif key in ("properties", "required", "dependentRequired", "dependentSchemas"):
            self.names += [str(each) for each in value]
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            self.numbers += [value, value + 1, value - 1, value + 0.5, value - 0.5, value * 2, value / 2]

    def draw(self, schema: Any, root: Any, depth: int = 0) -> Any:
        """A value that is probably valid under the schema, or nearly."""
        rng = self.rng
        if isinstance(schema, bool) or not schema or depth > 6 or rng.random() < 0.03:
            return self._any(depth)
        if "$ref" in schema and (len(schema) < 2 or rng.random() < 0.7):
            return self.draw(target(root, schema["$ref"]), root, depth + 1)
        if "const" in schema and rng.random() < 0.9:
            return schema["const"]
        if schema.get("enum") and rng.random() < 0.9:
            return rng.choice(schema["enum"])
        branches = [each for word in ("anyOf", "oneOf") for each in schema.get(word, ())]
        branches += [schema[word] for word in ("then", "else", "if") if word in schema]
        if branches and rng.random() < 0.7:
            chosen = rng.choice(branches)
            return self.draw(merged(schema, chosen, root), root, depth + 1)
        if "allOf" in schema:
            for each in schema["allOf"]:
                schema = merged(schema, each, root)
        return self._of_type(self._type(schema), schema, root, depth)

    def _type(self, schema: Any) -> str:
        types = schema.get("type")
        if isinstance(types, list) and types:
            return str(self.rng.choice(types))
        if isinstance(types, str):
            return types
        hints = {
            "object": ("properties", "required", "additionalProperties", "minProperties", "maxProperties", "propertyNames",
                       "patternProperties", "dependentRequired", "dependentSchemas", "unevaluatedProperties"),
            "array": ("items", "prefixItems", "minItems", "maxItems", "contains", "uniqueItems", "unevaluatedItems"),
            "string": ("minLength", "maxLength", "pattern"),
            "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        }  # fmt: skip
        hinted = [name for name, words in hints.items() if any(word in schema for word in words)]
        if hinted and self.rng.random() < 0.85:
            return self.rng.choice(hinted)
        return self.rng.choice(["object", "array", "string", "number", "integer", "null", "boolean"])

    def _of_type(self, kind: str, schema: Any, root: Any, depth: int) -> Any:
        rng = self.rng
        if kind == "object":
            return self._object(schema, root, depth)
        if kind == "array":
            return self._array(schema, root, depth)
        if kind == "string":
            fitting = like(rng, schema["pattern"]) if "pattern" in schema and rng.random() < 0.7 else self.texts
            return rng.choice(fitting or self.texts)
        if kind in ("integer", "number"):
            return self._number(kind, schema)
        return None if kind == "null" else rng.random() < 0.5

    def _number(self, kind: str, schema: Any) -> Any:
        rng = self.rng
        if isinstance(schema.get("multipleOf"), (int, float)) and rng.random() < 0.6:
            number = schema["multipleOf"] * rng.randint(-6, 40)
        else:
            number = rng.choice(self.numbers) if rng.random() < 0.8 else rng.randint(-50, 1100)
        return int(number) if kind == "integer" and rng.random() < 0.9 else number

    def _object(self, schema: Any, root: Any, depth: int) -> Any:
        rng = self.rng
        properties = schema.get("properties", {})
        names = set(schema.get("required", ())) if rng.random() < 0.93 else set()
        share = rng.choice([0.0, 0.2, 0.5, 1.0])
        names |= {name for name in properties if rng.random() < share}
        for needs in schema.get("dependentRequired", {}).values():
            names |= set(needs) if rng.random() < 0.4 else set()
        if rng.random() < 0.35:
            names |= set(rng.sample(self.names, min(len(self.names), rng.randint(1, 2))))
        for number in range(schema.get("minProperties", 0) - len(names)):
            names.add(rng.choice([f"n{number}", *self.names]))
        found = {}
        for name in sorted(names):
            inner = properties.get(name)
            if inner is None:
                matching = [each for pattern, each in schema.get("patternProperties", {}).items() if _found(pattern, name)]
                inner = (
                    matching[0] if matching else schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
                )
            found[name] = self.draw(inner, root, depth + 1)
        return found

    def _array(self, schema: Any, root: Any, depth: int) -> Any:
        rng = self.rng
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        length = rng.choice([least, least + 1, least + 2, rng.randint(0, 4), most if most is not None else 1])
        prefix = schema.get("prefixItems", [])
        items = schema.get("items", schema.get("unevaluatedItems", True))
        values = [self.draw(prefix[n] if n < len(prefix) else items, root, depth + 1) for n in range(min(int(length), 12))]
        for _ in range(rng.randint(0, 3) if "contains" in schema else 0):
            values.insert(rng.randint(0, len(values)), self.draw(schema["contains"], root, depth + 1))
        if len(values) > 1 and rng.random() < 0.15:
            values[-1] = values[0]
        return values

    def _any(self, depth: int) -> Any:
        rng = self.rng
        kind = rng.randint(0, 5 if depth < 5 else 3)
        if kind == 4:
            return [self._any(depth + 1) for _ in range(rng.randint(0, 2))]
        if kind == 5:
            return {rng.choice(self.names): self._any(depth + 1) for _ in range(rng.randint(0, 2))}
        return rng.choice([self.values, self.texts, self.numbers, self.values][kind])


def merged(schema: Any, branch: Any, root: Any) -> Any:
    """A schema with one of its branches written into it, roughly."""
    while isinstance(branch, dict) and set(branch) == {"$ref"}:
        branch = target(root, branch["$ref"])
    if not isinstance(branch, dict):
        return {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")}
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf", "if", "then", "else")}
    both = {**rest, **branch}
    for word in ("properties", "patternProperties"):
        if word in rest and word in branch:
            both[word] = {**rest[word], **branch[word]}
    if "required" in rest and "required" in branch:
        both["required"] = [*rest["required"], *branch["required"]]
    return both


def target(root: Any, reference: str) -> Any:
    node = root
    for part in reference.removeprefix("#").split("/")[1:]:
        node = node[int(part)] if isinstance(node, list) else node[part.replace("~1", "/").replace("~0", "~")]
    return node


def _found(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False


def like(rng: random.Random, pattern: str) -> list[str]:
    """Texts that a pattern's own characters suggest, those first that it matches."""
    letters = [each for each in re.sub(r"\\[dwsDWS]", "1a ", pattern) if each not in "^$\\[](){}|?*+."] or ["a"]
    letters += ["a", "1", "z", "A"]
    drawn = ["".join(rng.choice(letters) for _ in range(rng.randint(0, 8))) for _ in range(30)]
    fitting = [each for each in drawn if _found(pattern, each)]
    return fitting[:8] + drawn[:2] if fitting else drawn[:6]
