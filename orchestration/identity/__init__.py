"""Who is the same person: the links, the people made of them, and their ledger."""
