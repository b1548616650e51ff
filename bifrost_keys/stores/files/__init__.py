"""Safe reading, locking and replacing of files."""
