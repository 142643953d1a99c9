"""A function per endpoint that reads the fields of a body, written out from the endpoint's field table.

Nearly every value of nearly every request is right as it stands. Written out, that costs one comparison per field; a
loop over the table costs three times as much, and this runs for every submit. What is not right as it stands (to be
coerced, capped, noted or refused) is handed to the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from .endpoint import Endpoint, Field, Row

#: (fields of the body, what reads any other value, what is told of a missing field) -> (values, how many fields were known)
FieldReader = Callable[[Mapping[str, Any], Callable[[Field, Any], Any], Callable[[Field], None]], tuple[dict[str, Any], int]]
ABSENT: Any = object()


@lru_cache(maxsize=256)
def field_reader(endpoint: Endpoint) -> FieldReader:
    """The function for an endpoint. A field that is absent gets its default, and is told of when it is required."""
    names: dict[str, Any] = {"ABSENT": ABSENT, "defaults": {each.name: each.default for each in endpoint.fields}}
    lines = ["def read(fields, other, missing):", "    get = fields.get", "    values = defaults.copy()", "    seen = 0"]
    for number, row in enumerate(endpoint.rows):
        names |= {f"field_{number}": row.field, f"words_{number}": row.words}
        lines += [
            f"    value = get({row.name!r}, ABSENT)",
            "    if value is not ABSENT:",
            "        seen += 1",
            f"        values[{row.name!r}] = {_right(row, number)} else other(field_{number}, value)",
        ]
        if row.field.required:
            lines += ["    else:", f"        missing(field_{number})"]
    exec("\n".join([*lines, "    return values, seen"]), names)  # noqa: S102 # names are quoted by repr, values are bound
    read: FieldReader = names["read"]
    return read


def _right(row: Row, number: int) -> str:
    """`VALUE if TEST`: how a value is read that is right as it stands, and when it is."""
    if row.words:
        return f"words_{number}[value] if type(value) is str and value in words_{number}"
    test = "False"
    if row.plain is str:
        test = f"type(value) is str and len(value) >= {row.low!r}"
    elif row.plain is not None:
        kind = "type(value) is int" if row.plain is int else "(type(value) is float or type(value) is int)"
        step = f" and value % {row.step!r} == 0" if row.step is not None else ""
        test = f"{kind} and {row.low!r} <= value <= {row.high!r}{step}"
    if row.field.nullable and row.field.default is None:
        test = f"value is None or ({test})"
    return f"value if {test}"
