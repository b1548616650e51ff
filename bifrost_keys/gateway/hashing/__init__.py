"""The hashes with which the gateway detects that a key of the file has changed."""
