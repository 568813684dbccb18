"""From finished tables to files, and the one step that makes them visible."""
