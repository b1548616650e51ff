"""The gateway's ``config.json`` as a store of keys."""
