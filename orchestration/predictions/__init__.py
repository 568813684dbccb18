"""Models that need a library: trained on what was known then, judged on what came after."""
