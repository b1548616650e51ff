"""What the gateway does with a key: pure rules and data, no files, clock or environment."""
