"""How likely somebody is to do something within a time."""
