"""Which proxy the environment names for a server: ``HTTPS_PROXY`` and ``NO_PROXY``, as curl reads them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from bifrost_keys.stores.http.address import Address


def proxy_for(address: Address, environment: Mapping[str, str]) -> str | None:
    """The URL of the proxy that https to this server goes through, or None.

    Never for plain http, where the proxy would read the secrets, and never for this machine.
    """
    proxy = _variable(environment, "https_proxy")
    if not proxy or address.scheme != "https" or address.loopback:
        return None
    entries = (entry.strip() for entry in _variable(environment, "no_proxy").split(","))
    if any(_excludes(entry.lower(), address) for entry in entries if entry):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _variable(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name) or environment.get(name.upper()) or ""


def _excludes(entry: str, address: Address) -> bool:
    if entry == "*":
        return True
    host = address.host.rstrip(".")
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass  # one of the two is a name
    name, colon, port = entry.rpartition(":")
    if colon and port.isdecimal():
        if int(port) != address.port:
            return False
        entry = name.strip("[]")
    suffix = entry.removeprefix("*").strip(".")
    return bool(suffix) and (host == suffix or host.endswith(f".{suffix}"))
