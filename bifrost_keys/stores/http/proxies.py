"""Find the proxy for a server in ``HTTPS_PROXY`` and ``NO_PROXY``, by curl's rules."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from bifrost_keys.stores.http.address import Address


def proxy_for(address: Address, environment: Mapping[str, str]) -> str | None:
    """Return the URL of the proxy for https to this server, or None.

    Plain http never goes through a proxy, which could read the secrets; neither do requests to this machine.
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
        pass  # the host or the entry is a name
    name, colon, port = entry.rpartition(":")
    if colon and port.isdecimal():
        if int(port) != address.port:
            return False
        entry = name.strip("[]")
    suffix = entry.removeprefix("*").strip(".")
    return bool(suffix) and (host == suffix or host.endswith(f".{suffix}"))
