"""Placeholder results by type: what stands behind a link is a small valid file of the kind that its ending names.

Pictures are drawn by the room of that name. Everything else is made here, by hand and from the picture's seed alone: the same
bytes each time, in any process.
"""

from .files import ENDINGS, kind_of, make

__all__ = ["ENDINGS", "kind_of", "make"]
