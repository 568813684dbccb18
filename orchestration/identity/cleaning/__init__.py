"""What an address and a number are, each distinct one judged once."""
