"""Who is one person tonight, and which id they keep."""
