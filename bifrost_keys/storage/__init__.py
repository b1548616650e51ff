"""Bytes and files: which file, the lock, the atomic write, the gateway's own database."""
