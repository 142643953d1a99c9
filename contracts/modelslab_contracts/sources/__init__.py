"""The vendor's pages as somebody saved them, held against the clauses that cite them."""
