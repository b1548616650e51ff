"""Pure rules and data: no files, clock or environment."""
