"""The JSON of every command, as types."""
