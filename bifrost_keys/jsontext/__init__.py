"""Edits JSON text without reformatting it."""
