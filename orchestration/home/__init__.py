"""What lies in a home and how it is written; imports no other room."""
