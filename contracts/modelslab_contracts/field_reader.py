"""A function per endpoint that reads the fields of a body, written out from the endpoint's field table.

Nearly every value of nearly every request is right as it stands. The body is laid over the defaults in one go, and then
each value costs one comparison; a loop over the table costs three times as much, and this runs for every submit. What is
not right as it stands (absent, to be coerced, capped, noted or refused) is handed to the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from .endpoint import Endpoint, Row

#: (fields of the body, what reads any other value, what is passed on to it) -> the values, and those of unknown fields too
FieldReader = Callable[..., dict[str, Any]]
#: Stands for the value of a field that did not come and whose default is no value that could have come.
ABSENT: Any = object()


@lru_cache(maxsize=256)
def field_reader(endpoint: Endpoint) -> FieldReader:
    """The function for an endpoint: `read(fields, other, *passed)`, where `other(field, value, *passed)` reads what is not
    right as it stands; `value` is ABSENT for a required field that did not come.
    """
    names: dict[str, Any] = {"ABSENT": ABSENT}
    before: dict[str, Any] = {}
    lines = ["def read(fields, other, *passed):", "    values = before | fields"]
    for number, row in enumerate(endpoint.rows):
        before[row.name] = _before(row)
        names |= {f"field_{number}": row.field, f"words_{number}": row.words, f"default_{number}": before[row.name]}
        lines += _statements(row, number)
    names["before"] = before
    exec("\n".join([*lines, "    return values"]), names)  # noqa: S102 # names are quoted by repr, values are bound
    read: FieldReader = names["read"]
    return read


def _before(row: Row) -> Any:
    """What stands for a field before the body is laid over it: its default, as it would come on the wire."""
    default = row.field.default
    if row.field.required:
        return ABSENT
    if row.is_yes_no and default is not None:
        return "yes" if default else "no"
    return default


def _statements(row: Row, number: int) -> Iterator[str]:
    place = f"values[{row.name!r}]"
    other = f"other(field_{number}, value, *passed)"
    yield f"    value = {place}"
    if row.is_yes_no:
        # Always looked at: a default true may not let a true pass that came where the page has "yes".
        keep = f"{place} = words_{number}[value] if {_right(row, number)} else {other}"
    else:
        keep = f"if not ({_right(row, number)}): {place} = {other}"
    if row.field.required or (row.is_yes_no and row.field.default is not None):
        yield f"    {keep}"
    elif row.field.default is not None:
        yield f"    if value is not default_{number}:"
        yield f"        {keep}"
    else:
        yield "    if value is not None:"
        yield f"        {keep}"
        if not row.field.nullable:
            yield f"    elif {row.name!r} in fields: {place} = {other}"


def _right(row: Row, number: int) -> str:
    """Whether a value is right as it stands, as an expression."""
    if row.words:
        return f"type(value) is str and value in words_{number}"
    if row.plain is None:
        return "False"
    if row.plain is bool:
        return "value is True or value is False"
    if row.plain is str:
        return f"type(value) is str and len(value) >= {row.low!r}"
    kind = "type(value) is int" if row.plain is int else "(type(value) is float or type(value) is int)"
    step = f" and value % {row.step!r} == 0" if row.step is not None else ""
    return f"{kind} and {row.low!r} <= value <= {row.high!r}{step}"
