"""What a new version of a contract breaks, each answer with a concrete value that shows it."""
