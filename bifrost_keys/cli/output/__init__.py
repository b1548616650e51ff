"""Print results and messages."""
