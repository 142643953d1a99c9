"""Read a request body against its contract: coerce, validate, default, cap; every problem at once.

The field table of the contract decides everything; jsonschema is for tests, lint, diff and kit, not for the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .endpoint import Endpoint, Field
from .field_reader import ABSENT, field_reader
from .findings import Finding, Severity, shown
from .json_pointer import escaped
from .nearest import nearest
from .profiles import Profile

_INTEGER = re.compile(r"-?[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?")
#: Names of unknown fields whose values belong in no log: most often the key, spelled wrongly.
_SECRET = re.compile(r"key|token|secret|passw|auth", re.IGNORECASE)
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}
_INT64 = 2**63
#: What completes "<field> must be …" for a value of the wrong type.
_TYPE_PHRASE = {"integer": "an integer", "number": "a number", "text": "a string", "url": "a string", "flag": "yes or no"}


class Order(NamedTuple):
    """An accepted request body: every field of the contract, coerced, defaulted and capped; flags are bools."""

    values: Mapping[str, Any]
    noticed: tuple[Finding, ...]


class Read(NamedTuple):
    """What reading gave: an order, or the problems that forbid one. `noticed` holds the notes that travel with either."""

    order: Order | None
    problems: tuple[Finding, ...]
    noticed: tuple[Finding, ...] = ()


def read_request(
    endpoint: Endpoint, fields: Mapping[str, Any], profile: Profile, is_form: bool = False, unknown: str = "note"
) -> Read:
    """`fields` as an order of `endpoint` under `profile`.

    `unknown` says what happens to fields that the contract does not have: accept, note or refuse.
    """
    notices: list[Finding] = []
    values = field_reader(endpoint)(fields, _read, profile, is_form, notices)
    values.pop("key", None)
    if len(values) > len(endpoint.fields):
        for name in values.keys() - endpoint.field.keys():
            del values[name]
        if unknown != "accept":
            notices += _unknown(endpoint, fields, refused=unknown == "refuse")
    if not notices:
        return tuple.__new__(Read, (tuple.__new__(Order, (values, ())), (), ()))  # past two constructors, on the hottest road
    problems = tuple(each for each in notices if each.severity is Severity.ERROR)
    if problems:
        return Read(None, problems, tuple(each for each in notices if each.severity is not Severity.ERROR))
    return Read(Order(values, tuple(notices)), (), tuple(notices))


def sentence(problem: Finding, *, laravel: bool = False) -> str:
    """The text that the vendor puts on the wire for a problem with a field.

    Source: general error table ("width must be between 256 and 1024", "prompt is required"); under the observed
    dialect the framework's own form ("The prompt field is required.").
    """
    name = problem.where[1:]
    says = "is required" if problem.rule == "request/required-field-missing" else f"must be {problem.expected}"
    return f"The {name} field {says}." if laravel else f"{name} {says}"


def _read(field: Field, value: Any, profile: Profile, is_form: bool, notices: list[Finding]) -> Any:
    """The value that the order holds for `field`; what was noticed or wrong goes to `notices`."""
    if value is None:
        return _read_null(field, profile, notices)
    if value is ABSENT:
        notices.append(_problem("request/required-field-missing", field, "present", "absent"))
        return None
    typed = _typed(field, value, profile, is_form, notices)
    if typed is _REFUSED:
        return None
    return _bounded(field, typed, value, profile, notices)


class _Refused:
    """Stands for "no value": the problem is already noted."""


_REFUSED = _Refused()


def _read_null(field: Field, profile: Profile, notices: list[Finding]) -> Any:
    if field.required:
        notices.append(_problem("request/required-field-missing", field, "present", "null"))
    elif not field.nullable:
        if profile.coerces:
            notices.append(_problem("request/null-read-as-absent", field, "absent instead of null", "null"))
        else:
            notices.append(_problem("request/wrong-type", field, _TYPE_PHRASE.get(field.kind, "another value"), "null"))
    return field.default


def _typed(field: Field, value: Any, profile: Profile, is_form: bool, notices: list[Finding]) -> Any:
    """`value` as the field's type, coerced where the profile (or the form it came in) says so."""
    coerces = profile.coerces or is_form
    match field.kind:
        case "flag":
            return _flag(field, value, coerces, notices)
        case "integer" | "number":
            return _number(field, value, coerces, profile, notices)
        case "text" | "url" if not isinstance(value, str):
            notices.append(_problem("request/wrong-type", field, _TYPE_PHRASE[field.kind], shown(value)))
            return _REFUSED
    return value


def _flag(field: Field, value: Any, coerces: bool, notices: list[Finding]) -> Any:
    is_bool_field = "boolean" in field.schema.get("type", ())
    if isinstance(value, bool) if is_bool_field else value in ("yes", "no"):
        return value in (True, "yes")
    if coerces:
        read = value if isinstance(value, bool) else _FLAGS.get(value.lower()) if isinstance(value, str) else None
        if read is not None:
            notices.append(
                _problem("request/flag-respelled", field, "true or false" if is_bool_field else "yes or no", shown(value))
            )
            return read
    notices.append(_problem("request/wrong-type", field, "true or false" if is_bool_field else "yes or no", shown(value)))
    return _REFUSED


def _number(field: Field, value: Any, coerces: bool, profile: Profile, notices: list[Finding]) -> Any:
    number = value
    if isinstance(value, str) and coerces:
        number = _from_text(field, value)
        if number is not None:
            notices.append(_problem("request/text-read-as-number", field, "a number, not text", shown(value)))
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        notices.append(_problem("request/wrong-type", field, _TYPE_PHRASE[field.kind], shown(value)))
        return _REFUSED
    if field.kind == "integer" and isinstance(number, float):
        if not number.is_integer():
            if profile.excuses and number in field.excused:
                return number
            notices.append(_problem("request/wrong-type", field, _TYPE_PHRASE[field.kind], shown(value)))
            return _REFUSED
        # A whole number beyond 64 bits is read as the nearest float, and that of -2**63 - 1 is -2**63.
        number = int(number) if number != -_INT64 else -_INT64 - 1
    if isinstance(number, int) and not -_INT64 <= number < _INT64:
        notices.append(_problem("request/integer-too-large", field, "an integer of at most 64 bits", shown(value)))
        return _REFUSED
    return number


def _from_text(field: Field, text: str) -> int | float | None:
    if _INTEGER.fullmatch(text):
        return int(text)
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    # "512.0" is no integer text; but an excused 7.5 on an integer field may come as text like any other number.
    return None if field.kind == "integer" and (number.is_integer() or number not in field.excused) else number


def _bounded(field: Field, value: Any, sent: Any, profile: Profile, notices: list[Finding]) -> Any:
    """`value` after bounds, lists and caps; the problem is noted when it breaks one."""
    if field.kind == "flag":
        return value
    if field.excused and profile.excuses and value in field.excused:
        if breaks := _breaks(field, value):
            notices.append(_problem("request/value-excused", field, breaks, shown(sent)))
        return value
    if field.maximum is not None and value > field.maximum and field.caps and profile.over_cap != "refuse":
        if profile.over_cap == "echo":
            return value
        notices.append(
            _problem(
                "request/value-capped",
                field,
                f"at most {_plain(field.maximum)}, so read as {_plain(field.maximum)}",
                shown(sent),
            )
        )
        return field.maximum
    for rule, phrase in _broken(field, value):
        notices.append(_problem(rule, field, phrase, shown(_without_secrets(sent) if field.kind == "url" else sent)))
    return value


def _breaks(field: Field, value: Any) -> str:
    if field.kind == "integer" and isinstance(value, float) and not value.is_integer():
        return _TYPE_PHRASE["integer"]
    return next((phrase for _, phrase in _broken(field, value)), "")


def _broken(field: Field, value: Any) -> Iterator[tuple[str, str]]:
    """(rule, what completes "must be …") for every keyword of the field that `value` breaks."""
    if field.kind in ("integer", "number"):
        if field.minimum is not None and value < field.minimum:
            yield "request/below-minimum", _range(field)
        if field.maximum is not None and value > field.maximum:
            yield "request/above-maximum", _range(field)
        if field.multiple_of is not None and value % field.multiple_of != 0:
            yield "request/not-a-multiple", f"divisible by {_plain(field.multiple_of)}"
    elif isinstance(value, str):
        if len(value) < field.min_length:
            rule = "request/required-field-missing" if field.required and not value else "request/pattern-not-matched"
            yield rule, f"at least {field.min_length} character{'s' if field.min_length > 1 else ''}"
        if field.pattern is not None and not field.pattern.search(value):
            told = field.schema.get("description", "").rstrip(".")
            yield "request/pattern-not-matched", f"like {field.schema['pattern']}" + (f" ({told})" if told else "")
        if field.kind == "url" and not _is_url(value):
            yield "request/not-a-url", "a valid URL"
    yield from _judged(field, value)
    if field.allowed is not None and value not in field.allowed:
        yield "request/not-an-allowed-value", "one of " + ", ".join(map(_plain, field.allowed))


def _judged(field: Field, value: Any) -> Iterator[tuple[str, str]]:
    """What only the whole schema of a foreign field can tell."""
    if field.judge is not None and (why := field.judge(value)):
        yield "request/wrong-type", f"valid under its schema ({why})"


def _range(field: Field) -> str:
    over, under = field.schema.get("exclusiveMinimum"), field.schema.get("exclusiveMaximum")
    if over is not None or under is not None:
        low = f"above {_plain(over)}" if over is not None else f"at least {_plain(field.minimum)}" if field.minimum else ""
        high = f"below {_plain(under)}" if under is not None else f"at most {_plain(field.maximum)}" if field.maximum else ""
        return " and ".join(each for each in (low, high) if each)
    if field.minimum is None or field.maximum is None:
        return f"at least {_plain(field.minimum)}" if field.maximum is None else f"at most {_plain(field.maximum)}"
    return f"between {_plain(field.minimum)} and {_plain(field.maximum)}"


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _is_url(text: str) -> bool:
    if not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _without_secrets(url: Any) -> Any:
    """A URL without user, query and fragment, which may hold what belongs in no log."""
    return re.sub(r"[^/]*@", "", re.split(r"[?#]", url, maxsplit=1)[0]) if isinstance(url, str) else url


def _unknown(endpoint: Endpoint, fields: Mapping[str, Any], *, refused: bool) -> list[Finding]:
    rule = "request/unknown-field-refused" if refused else "request/unknown-field"
    found = []
    for name, value in fields.items():
        if name not in endpoint.field and name != "key":
            close = nearest(name, endpoint.field)
            pointer = "/" + escaped(name[:80])
            found.append(
                Finding(
                    rule,
                    pointer,
                    "a field of the page",
                    "***" if _SECRET.search(name) else shown(value),
                    endpoint.document.name,
                    f"nearest: {close}" if close else "",
                )
            )
    return found


def _problem(rule: str, field: Field, expected: str, got: str) -> Finding:
    return Finding(rule, f"/{field.name}", expected, got, field.clause.source)
