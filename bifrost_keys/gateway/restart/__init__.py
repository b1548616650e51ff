"""Predict what the next starts of the gateway do with the file and its database."""
