"""HTTP to one server: addresses, TLS, proxies, limits. It knows nothing of keys."""
