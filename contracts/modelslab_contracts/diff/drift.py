"""Words for people that no longer agree with the schema beside them: a number or default in a description, an example."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ..document import ContractError
from ..findings import shown
from ..json_pointer import escaped
from ..lint_subject import mapping
from .renames import Sight
from .sets import Breaking
from .silent import Spoken
from .view import Version
from .walk import Standing

_MOST_EXAMPLES = 20
_NUMBER = r"(-?[0-9]+(?:\.[0-9]+)?)(?![0-9.]*[0-9a-zA-Z%×])"
#: What a description says of a keyword. Only plain sentences are understood; what is not understood is no disagreement.
_CLAIMS: dict[str, tuple[re.Pattern[str], ...]] = {
    "maximum": (
        re.compile(
            rf"\b(?:maximum|max\.?|at most|no more than|up to|capped at)(?: value)?(?: is| of|:)? {_NUMBER}", re.IGNORECASE
        ),
        re.compile(rf"\b(?:between|from) -?[0-9.]+ (?:and|to) {_NUMBER}", re.IGNORECASE),
    ),
    "minimum": (
        re.compile(rf"\b(?:minimum|min\.?|at least|no less than)(?: value)?(?: is| of|:)? {_NUMBER}", re.IGNORECASE),
        re.compile(r"\b(?:between|from) (-?[0-9]+(?:\.[0-9]+)?) (?:and|to) -?[0-9]", re.IGNORECASE),
    ),
    "default": (
        re.compile(
            r"""\bdefaults?(?: value)?(?: is| to|:) (?:[`"']([^`"']+)[`"']|([^\s`"',;()]+?)(?=\.?(?:$|[,;)]|\.\s)))""",
            re.IGNORECASE,
        ),
    ),
    "enum": (
        re.compile(
            r"""\b(?:one of|either) [`"']?((?:[\w.+-]+[`"']?, [`"']?)*[\w.+-]+[`"']?,? or [`"']?[\w.+-]+)""", re.IGNORECASE
        ),
    ),
}


def drifted(sight: Sight, before: Standing, after: Standing) -> Iterator[Spoken]:
    """What a description says against its own schema, where it did not do so before."""
    found = dict(_disagreements(sight.new, after))
    said = dict(_disagreements(sight.old, before)) if found else {}
    told = sight.new.said(after, "description") or after
    for word, (claim, truth) in found.items():
        if said.get(word) != (claim, truth):
            says = f"the description says {word} {claim}, the schema {truth}"
            yield Spoken("description-drifted", before.pointer, told.pointer, "", says)


def _disagreements(version: Version, standing: Standing) -> Iterator[tuple[str, tuple[str, str]]]:
    told = version.said(standing, "description")
    if told is None or not isinstance(told.schema, str):
        return
    for word, patterns in _CLAIMS.items():
        claims = [next(filter(None, found.groups())) for each in patterns if (found := each.search(told.schema))]
        truth = _truth(version, standing, word) if claims else None
        if truth is not None and not any(_AGREE[word](claim, truth) for claim in claims):
            yield word, (claims[0].rstrip("."), f"{word} {shown(truth)}")


def _truth(version: Version, standing: Standing, word: str) -> Any:
    if word == "default":
        found = version.said(standing, word)
        return found.schema if found else None
    view = version.whole(standing)
    value = view.get(word)
    beyond = view.get(f"exclusive{word.capitalize()}")
    if value is None and isinstance(beyond, int) and view.types == {"integer"}:
        return beyond - 1 if word == "maximum" else beyond + 1
    return value


def _is_number(claim: str, truth: Any) -> bool:
    return not isinstance(truth, (int, float)) or float(claim) == float(truth)


def _is_value(claim: str, truth: Any) -> bool:
    spelled = {"true": True, "false": False, "yes": "yes", "no": "no", "null": None}
    plain = claim.rstrip(".").lower()
    if plain in spelled:
        return truth == spelled[plain] or str(truth).lower() == plain
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", plain):
        return _is_number(plain, truth) if isinstance(truth, (int, float)) else str(truth).lower() == plain
    return not isinstance(truth, str) or truth.lower() == plain or " " in truth


def _is_list(claim: str, truth: Any) -> bool:
    if not isinstance(truth, list):
        return True
    claimed = {each.rstrip(".") for each in re.split(r"[`\"',]+|\s+|\bor\b", claim) if each}
    listed = {str(each) for each in truth}
    return claimed == listed or not claimed & listed  # words that are no values at all are no claim


_AGREE: dict[str, Callable[[str, Any], bool]] = {
    "maximum": _is_number,
    "minimum": _is_number,
    "default": _is_value,
    "enum": _is_list,
}


def spoiled(sight: Sight, before: Standing, after: Standing) -> Iterator[Spoken]:
    """Examples that the new schema refuses, though the old one did not refuse what stood there."""
    for pointer, value in _examples(sight.new, after):
        refused = isinstance(sight.there.inside({"const": value}, after.schema), Breaking)
        if refused and not any(
            shown(value) == shown(was) and isinstance(sight.back.inside({"const": was}, before.schema), Breaking)
            for _, was in _examples(sight.old, before)
        ):
            yield Spoken("example-no-longer-valid", before.pointer, pointer, "", f"the example {shown(value)} is refused")


def is_example_new(sight: Sight, before: Standing, after: Standing) -> bool:
    """Whether there are other examples beside two schemas, however much those are the same."""
    was, became = ([shown(value) for _, value in _examples(*each)] for each in ((sight.old, before), (sight.new, after)))
    return was != became


def _examples(version: Version, standing: Standing) -> Iterator[tuple[str, Any]]:
    schema = mapping(standing.schema)
    if "example" in schema:
        yield f"{standing.pointer}/example", schema["example"]
    listed = schema.get("examples")
    for index, value in enumerate(listed[:_MOST_EXAMPLES] if isinstance(listed, list) else ()):
        yield f"{standing.pointer}/examples/{index}", value
    beside = standing.pointer.removesuffix("/schema")
    if beside == standing.pointer:
        return
    try:
        around = mapping(version.subject.document.at(f"#{beside}"))
    except ContractError:
        return
    if "example" in around:
        yield f"{beside}/example", around["example"]
    for name, each in list(mapping(around.get("examples")).items())[:_MOST_EXAMPLES]:
        if "value" in mapping(each):
            yield f"{beside}/examples/{escaped(name)}/value", each["value"]
