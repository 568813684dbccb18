"""From the inbox to the raw zone: what a file promises, what it holds, what is refused."""
