"""The stores of keys: a config file, a stream, a running gateway."""
