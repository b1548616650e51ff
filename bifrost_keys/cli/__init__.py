"""The command line: the only place where Typer and Rich live."""
