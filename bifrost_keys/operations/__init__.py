"""One function a verb: what a command does, without printing or paths."""
