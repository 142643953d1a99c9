"""Sets of JSON values: is one schema inside another, and if not, which value shows it."""

from .inclusion import Comparison, Set, inside
from .source import Source, Unreadable
from .verdict import Breaking, Safe, Unproved, Verdict

__all__ = ["Breaking", "Comparison", "Safe", "Set", "Source", "Unproved", "Unreadable", "Verdict", "inside"]
