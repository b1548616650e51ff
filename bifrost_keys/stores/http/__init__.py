"""HTTP to one server: addresses, TLS, proxies, limits. Nothing here is specific to keys."""
