"""The operations: one module per command, without printing or paths."""
