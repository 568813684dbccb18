"""How good the people found are, by records of which the truth is known."""
