"""The command nightpost."""
