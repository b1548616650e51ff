"""The providers that the gateway knows: their names, settings and model lists."""
