"""Recorded traffic under two versions of a contract: which calls change their outcome, and which changes they touch."""
