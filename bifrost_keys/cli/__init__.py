"""The command line. Only this package imports Typer and Rich."""
