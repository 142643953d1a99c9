"""Names replaced for a while, and put back in reversed order whatever happened in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_ABSENT = object()


class Patches:
    """What was replaced so far. Not a context manager on purpose: its owner decides when the last user is gone."""

    def __init__(self) -> None:
        self._undo: list[tuple[Any, str, Any, Any]] = []

    def set(self, owner: Any, name: str, value: Any) -> None:
        """Replace `owner.name`. An attribute that a class only inherits is removed again at the end, not copied."""
        self._undo.append((owner, name, vars(owner).get(name, _ABSENT), value))
        setattr(owner, name, value)

    def wrap(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Replace `owner.name` by `make(what is there now)`; nothing happens where there is no such name."""
        if (original := getattr(owner, name, None)) is not None:
            self.set(owner, name, make(original))

    def undo(self) -> None:
        """Put everything back, the last first. A name that somebody else has replaced since is theirs and stays."""
        while self._undo:
            owner, name, before, ours = self._undo.pop()
            if vars(owner).get(name) is not ours:
                continue
            if before is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, before)
