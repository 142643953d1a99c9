"""What the two validators say of a value: a witness counts only where both say the same."""

from __future__ import annotations

from functools import cached_property
from typing import Any


class Engines:
    """Both validators of one standalone schema, made when they are first asked."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema

    def accept(self, value: Any) -> bool | None:
        """Whether the value is valid; None when the engines disagree or one cannot say."""
        try:
            one, other = (bool(each.is_valid(value)) for each in self._validators)
        except Exception:  # noqa: BLE001 # patterns that one cannot read, recursion, numbers too large: it cannot say
            return None
        return one if one == other else None

    @cached_property
    def _validators(self) -> tuple[Any, Any]:
        import jsonschema
        import jsonschema_rs

        return (
            jsonschema.Draft202012Validator(self.schema),
            jsonschema_rs.Draft202012Validator(self.schema, validate_formats=False),
        )
