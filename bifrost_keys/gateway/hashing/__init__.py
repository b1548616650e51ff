"""The hashes by which the gateway sees that a key of the file has changed."""
