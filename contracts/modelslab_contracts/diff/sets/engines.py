"""What the two validators say of a value: a witness counts only where both say the same."""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import Any


class Engines:
    """Both validators of one standalone schema, made when they are first asked."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema

    @cached_property
    def fast(self) -> Any:
        """The validator of jsonschema-rs."""
        import jsonschema_rs

        return jsonschema_rs.Draft202012Validator(self.schema, validate_formats=False)

    @cached_property
    def slow(self) -> Any:
        """The validator of jsonschema, the reference."""
        import jsonschema

        return jsonschema.Draft202012Validator(self.schema)


def tells_apart(value: Any, one: Engines, other: Engines) -> bool:
    """Whether both engines accept the value under `one` and refuse it under `other`."""
    try:
        if not one.fast.is_valid(value) or other.fast.is_valid(value):
            return False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of patterns that Python's `re` may read otherwise one day
            return one.slow.is_valid(value) and not other.slow.is_valid(value)
    except (KeyboardInterrupt, SystemExit, ImportError):
        raise
    # Patterns that an engine cannot read, recursion (a panic in Rust is no Exception), numbers too large: it cannot say.
    except BaseException:  # noqa: BLE001
        return False
