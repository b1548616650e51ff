"""Rules about addresses: those in config objects that are not references, and a provider's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.gateway.rules.fault import Fault, Path, breach
from bifrost_keys.gateway.secrets.detection import is_reference

_ADDRESSES: Final = frozenset(
    {"azure_key_config.endpoint", "vllm_key_config.url", "ollama_key_config.url", "sgl_key_config.url"}
)
# A text, which ``re`` compiles and caches when an address is checked, which few runs do.
_SCHEME: Final = r"(?i)https?://"
_WITH_HOST: Final = r"(?i)https?://[^/?#:]"
_OTHER_SCHEME: Final = r"(?i)[a-z][a-z0-9+.-]*://"
_LOCAL: Final = r"(?i)(?:localhost|127\.|10\.|192\.168\.|\[::1\]|[^./:]+(?::|\Z))"
# The Azure portal shows such an address as a target: that of one deployment, or of one call.
_AZURE_TARGET: Final = r"(?i)https?://[^/?#]+(?:/openai(?:/|\Z|\?)|/?\?|/?#)"


def address_faults(value: str, path: Path) -> list[Fault]:
    """Return the faults of the text at ``path`` of an entry, if it is the address of a server."""
    if ".".join(map(str, path)) not in _ADDRESSES:
        return []
    if path[0] == "azure_key_config" and re.match(_AZURE_TARGET, value):
        message = "is the address of one call: the gateway adds the path and the api-version itself"
        return [breach("address-path", path, message, "use only the part up to the host", refused=False)]
    return _scheme_faults(value, path)


def base_url_faults(settings: Mapping[str, Any]) -> list[Fault]:
    """Return the faults of a provider's ``network_config.base_url``, which cannot be a reference."""
    network = settings.get("network_config")
    url = network.get("base_url") if isinstance(network, Mapping) else None
    path = ("network_config", "base_url")
    if not isinstance(url, str) or not url:
        return []
    if is_reference(url):
        message = "is not resolved: the gateway uses the reference itself as the address"
        return [breach("address-scheme", path, message, "use the address itself", refused=False)]
    return _scheme_faults(url, path)


def _scheme_faults(value: str, path: Path) -> list[Fault]:
    if re.match(_WITH_HOST, value):
        return []
    if re.match(_SCHEME, value):
        message, hint = "has no host: every request fails", "add the host after the scheme"
        return [breach("address-scheme", path, message, hint, refused=False)]
    message, hint = "is not an http or https address: every request fails", "put https:// before it"
    if not re.match(_OTHER_SCHEME, value):
        scheme = "http" if re.match(_LOCAL, value) else "https"
        message, hint = (
            f"does not begin with {scheme}://: every request fails",
            f"put {scheme}:// before it",
        )
    return [breach("address-scheme", path, message, hint, refused=False)]
