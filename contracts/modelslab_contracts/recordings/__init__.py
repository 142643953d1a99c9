"""Recorded traffic: read from whatever recorded it into exchanges without a key, and written again."""
