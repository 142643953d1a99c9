"""A page of text and tables, drawn for whoever reads it.

On a terminal tables fit its width and wrap. In a pipe they are Markdown as wide as their content, without colours: a
line stays a row, and nothing is cut.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence

#: How a cell that holds this word is drawn on a terminal.
_STYLES = {"assumed": "yellow", "observed": "cyan"}


class Page:
    """What a command will print. Rich is imported when the first page is made, not before."""

    def __init__(self) -> None:
        from rich.console import Console

        self.on_terminal = sys.stdout.isatty()
        if self.on_terminal:
            self._console = Console(file=sys.stdout, highlight=False, emoji=False, markup=False)
        else:
            self._console = Console(file=io.StringIO(), width=100_000, color_system=None, emoji=False, markup=False)

    def title(self, text: str) -> None:
        """The page's first line."""
        self._console.print(text if self.on_terminal else f"# {text}", style="bold")

    def head(self, text: str) -> None:
        """The heading of a section."""
        self._console.print(f"\n{text}" if self.on_terminal else f"\n## {text}\n", style="bold")

    def text(self, text: str, *, quiet: bool = False) -> None:
        """A paragraph; a quiet one is a remark on what stands above it."""
        self._console.print(text, style="dim" if quiet else "")

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, whole: int = 1, numbers: Sequence[str] = ()
    ) -> None:
        """A table. The first `whole` columns never wrap, columns of `numbers` stand right, one called source is dimmed."""
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(header_style="bold", pad_edge=not self.on_terminal, box=box.MARKDOWN)
        if self.on_terminal:
            table.box, table.show_edge, table.collapse_padding = box.SIMPLE_HEAD, False, True
        for index, name in enumerate(columns):
            style = "dim" if name == "source" else ""
            table.add_column(
                name, no_wrap=index < whole, overflow="fold", justify="right" if name in numbers else "left", style=style
            )
        for row in rows:
            table.add_row(*(Text(self._cell(each), style=_STYLES.get(each, "")) for each in row))
        self._console.print(table)

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Words and what they say, indented, the second column wrapping in itself."""
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, style="dim")
        table.add_column(overflow="fold")
        for word, says in pairs:
            table.add_row(f"  {word}", Text(says))
        self._console.print(table)

    def print(self) -> None:
        """Write what is still unwritten."""
        if isinstance(self._console.file, io.StringIO):
            lines = [each.rstrip() for each in self._console.file.getvalue().splitlines()]
            kept = [each for before, each in zip(["", *lines], lines, strict=False) if each or before]
            sys.stdout.write("\n".join(kept).rstrip() + "\n")

    def _cell(self, text: str) -> str:
        return text if self.on_terminal else text.replace("|", "\\|").replace("\n", " ")
