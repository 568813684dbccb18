"""How often somebody will order, and what for: BG/NBD and Gamma-Gamma."""
