"""All rows of edits, in the order of the catalogue."""

from . import edits_of_arrays, edits_of_branches, edits_of_meaning, edits_of_members, edits_of_scalars
from .rows import ROWS

__all__ = ["ROWS", "edits_of_arrays", "edits_of_branches", "edits_of_meaning", "edits_of_members", "edits_of_scalars"]
