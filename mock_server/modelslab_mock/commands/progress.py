"""How far a check is, as one line on a terminal; nothing where stderr is none."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Self

from ..wire.wall_clock import real_now

_EVERY_S = 0.1


class Progress:
    """A context: `step` counts one more of `total`. What comes beyond that is the search for the simplest of them."""

    def __init__(self, what: str, total: int, of: str = "stories") -> None:
        self._what = what
        self._of = of
        self._total = total
        self._count = 0
        self._drawn_at = 0.0
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        if sys.stderr is not None and sys.stderr.isatty():
            self._bar = _bar(self._of)
            self._task = self._bar.add_task(self._what, total=self._total)
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def step(self) -> None:
        """One more is done."""
        if self._bar is None:
            return
        self._count += 1
        if real_now() - self._drawn_at >= _EVERY_S:
            self._drawn_at = real_now()
            what = self._what if self._count <= self._total else f"{self._what}: finding the simplest {self._of}"
            self._bar.update(self._task, description=what, completed=min(self._count, self._total), refresh=True)


def _bar(of: str) -> Any:
    """A bar that is drawn only when it is told to, by the real clock: around it, time is tied."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True, get_time=real_now)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(of))
    return Bar(
        *columns, console=console, auto_refresh=False, transient=True, get_time=real_now,
        redirect_stdout=False, redirect_stderr=False,
    )  # fmt: skip
