"""Models on past orders from a file, beside the simple rules they must beat."""
