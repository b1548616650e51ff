"""Predict what the gateway's next starts do with a change of the file, and refuse what they would undo."""
