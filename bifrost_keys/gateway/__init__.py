"""The gateway's rules for keys, as pure functions and data. No files, clock or environment."""
