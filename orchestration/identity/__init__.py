"""Who is the same person: what stands between the graph of identifiers and the marts."""
