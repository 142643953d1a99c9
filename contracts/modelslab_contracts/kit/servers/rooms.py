"""The rules of a server by what they are about; loading this fills the catalogue of `rules.py`."""

from . import orders_taken, pictures, strangers

__all__ = ["orders_taken", "pictures", "strangers"]
