"""Which records are likely the same person: candidates, weights, links."""
