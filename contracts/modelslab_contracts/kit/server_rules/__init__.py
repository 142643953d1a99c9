"""The rules of a server by what they are about; loading this room fills the catalogue of `server_rule.py`."""

from . import addresses, answers, deliveries, ends, keys, orders

__all__ = ["addresses", "answers", "deliveries", "ends", "keys", "orders"]
