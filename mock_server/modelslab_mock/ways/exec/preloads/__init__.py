"""Files that other runtimes read when they start; nothing here is imported by us."""
