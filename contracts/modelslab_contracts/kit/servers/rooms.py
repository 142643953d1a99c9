"""The rules of a visit by what they are about; loading this fills the catalogue of `rules.py`."""

from . import answers, jobs, pictures

__all__ = ["answers", "jobs", "pictures"]
