"""One reader for each format of a file."""
