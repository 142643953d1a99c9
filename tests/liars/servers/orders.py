"""Servers that take or refuse the wrong orders."""

from __future__ import annotations

import json
from typing import Any

from modelslab_contracts.kit.servers.line import Answered

from .wrong import Asked, Wrong

TAKES = "server/accepts-what-the-contract-refuses"
REFUSES = "server/refuses-what-the-contract-accepts"


class TakesTooWide(Wrong):
    """Makes a picture that is too wide as wide as it can be."""

    breaks = TAKES

    def answer(self, asked: Asked) -> Answered:
        width, most = asked.fields.get("width"), self.endpoint.field["width"].maximum or 0
        is_too_wide = asked.role == "submit" and isinstance(width, int) and width > most
        return self.pass_on(asked, width=int(most)) if is_too_wide else self.pass_on(asked)


class TakesAnyFlag(Wrong):
    """Takes any word for a flag, as a scripting language would."""

    breaks = TAKES

    def answer(self, asked: Asked) -> Answered:
        flag, yes_no = asked.fields.get("safety_checker"), self.endpoint.field["safety_checker"].schema.get("enum")
        if asked.role != "submit" or not isinstance(flag, (str, int, float)) or flag in (True, "yes", "no"):
            return self.pass_on(asked)
        return self.pass_on(asked, safety_checker="no" if yes_no else False)


class TakesNoPrompt(Wrong):
    """Draws something of its own where there is no prompt."""

    breaks = TAKES

    def answer(self, asked: Asked) -> Answered:
        is_missing = asked.role == "submit" and asked.fields and not asked.fields.get("prompt")
        return self.pass_on(asked, prompt="a surprise") if is_missing else self.pass_on(asked)


class TakesPartsOfNumbers(Wrong):
    """Rounds what must be a whole number."""

    breaks = TAKES

    def answer(self, asked: Asked) -> Answered:
        whole = {each.name for each in self.endpoint.fields if each.kind == "integer" and not each.excused}
        parts = {name: held for name, held in asked.fields.items() if name in whole and isinstance(held, float)}
        rounded = {name: int(held) for name, held in parts.items() if not held.is_integer()}
        return self.pass_on(asked, **rounded) if asked.role == "submit" else self.pass_on(asked)


class RefusesTheWidest(Wrong):
    """Compares with < where <= was meant."""

    breaks = REFUSES

    def answer(self, asked: Asked) -> Answered:
        if asked.role == "submit" and asked.fields.get("width") == self.endpoint.field["width"].maximum:
            return self.refusal(f"width must be below {asked.fields['width']}")
        return self.pass_on(asked)


class RefusesNumbersAsText(Wrong):
    """Refuses the numbers that the vendor's own samples send as text."""

    breaks = REFUSES

    def answer(self, asked: Asked) -> Answered:
        if asked.role == "submit" and isinstance(asked.fields.get("height"), str):
            return self.refusal("height must be an integer")
        return self.pass_on(asked)


class RefusesWhatItDoesNotKnow(Wrong):
    """Refuses letters beyond ASCII in a prompt."""

    breaks = REFUSES

    def answer(self, asked: Asked) -> Answered:
        prompt = asked.fields.get("prompt")
        if asked.role == "submit" and isinstance(prompt, str) and not prompt.isascii():
            return self.refusal("prompt must be plain text")
        return self.pass_on(asked)


class TakesNoKey(Wrong):
    """Lets anybody order who leaves the key out."""

    breaks = TAKES

    def answer(self, asked: Asked) -> Answered:
        is_without = asked.role == "submit" and "prompt" in asked.fields and not asked.fields.get("key")
        return self.pass_on(asked, key="the-house-pays-for-it") if is_without else self.pass_on(asked)


class TakesTheFirstOfAList(Wrong):
    """Takes a list of orders for its first one."""

    breaks = TAKES

    def answer(self, asked: Asked) -> Answered:
        try:
            held: Any = json.loads(asked.body or b"{}")
        except ValueError:
            held = {}
        if isinstance(held, list) and held:
            asked = asked._replace(body=json.dumps(held[0]).encode())
        return self.pass_on(asked)


class FailsOnLargeSeeds(Wrong):
    """Keeps a seed in 32 bits, and breaks down where it does not fit."""

    breaks = "server/fails"

    def answer(self, asked: Asked) -> Answered:
        seed = asked.fields.get("seed")
        if asked.role == "submit" and isinstance(seed, int) and abs(seed) >= 2**31:
            return self.refusal("Internal server error", 500)
        return self.pass_on(asked)


class HangsUpOnNoJson(Wrong):
    """Drops the connection of whoever sends what it cannot parse."""

    breaks = "server/does-not-answer"

    def answer(self, asked: Asked) -> Answered:
        if asked.role == "submit" and not asked.fields:
            return Answered(0, trouble="the connection was closed without an answer")
        return self.pass_on(asked)
