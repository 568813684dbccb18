"""Readers of the published night, for people who ask."""
