"""How the gateway compares, matches and routes the names of models."""
