"""Which model serves a night, and what its card says."""
