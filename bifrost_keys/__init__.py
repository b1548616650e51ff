"""The provider keys of a Bifrost LLM gateway, managed safely in its local config.json."""

__version__ = "0.1.0"
