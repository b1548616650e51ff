"""The JSON types that the gateway's loader requires outside the keys.

The loader reads the whole file into typed structures: because of a single wrong type, the gateway does not
start, in every release. Null counts as absent. Members that only an enterprise gateway reads, or whose type
is not known, are not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from bifrost_keys.gateway.fields.table import fold
from bifrost_keys.gateway.rules.fault import Fault, Path, breach

# A key of _EXPECTED, or a mapping for the members of an object, a tuple for the items of a list, a
# frozenset for the values of an object.
Shape: TypeAlias = "str | Mapping[str, Shape] | tuple[Shape] | frozenset[str]"

NETWORK: Final[Mapping[str, Shape]] = {
    "base_url": "text",
    "extra_headers": frozenset({"header"}),
    "default_request_timeout_in_seconds": "integer",
    "max_retries": "count",
    "retry_backoff_initial": "duration",
    "retry_backoff_max": "duration",
    "insecure_skip_verify": "boolean",
    "stream_idle_timeout_in_seconds": "integer",
    "max_conns_per_host": "integer",
    "enforce_http2": "boolean",
    "allow_private_network": "boolean",
    "beta_header_overrides": frozenset({"boolean"}),
}
CONCURRENCY: Final[Mapping[str, Shape]] = {"concurrency": "integer", "buffer_size": "integer"}
CUSTOM_PROVIDER: Final[Mapping[str, Shape]] = {
    "base_provider_type": "text",
    "is_key_less": "boolean",
    "allowed_requests": frozenset({"boolean"}),
    "request_path_overrides": frozenset({"text"}),
    "does_not_send_done_marker": "boolean",
    "wait_for_usage": "boolean",
}
PROVIDER_TYPES: Final[Mapping[str, Shape]] = {
    "network_config": NETWORK,
    "proxy_config": {"type": "text"},
    "concurrency_and_buffer_size": CONCURRENCY,
    "custom_provider_config": CUSTOM_PROVIDER,
    "openai_config": "object",
    "send_back_raw_request": "boolean",
    "send_back_raw_response": "boolean",
    "store_raw_request_response": "boolean",
}
_KEY_LIST: Final[Mapping[str, Shape]] = {"provider": "text", "key_ids": ("text",)}
_TARGET: Final[Mapping[str, Shape]] = {"provider": "text", "provider_key_name": "text", "key_id": "text"}
TOP_TYPES: Final[Mapping[str, Shape]] = {
    "version": "integer",
    "source_of_truth": "text",
    "client": "object",
    "auth_config": "object",
    "config_store": {"enabled": "boolean", "type": "text", "config": "object"},
    "logs_store": {"enabled": "boolean", "type": "text"},
    "vector_store": {"enabled": "boolean", "type": "text"},
    "mcp": "object",
    "framework": "object",
    "websocket": "object",
    "plugins": ("object",),
    "governance": {
        "virtual_keys": (
            {"provider_configs": ({**_KEY_LIST, "keys": ({"key_id": "text", "name": "text"},)},)},
        ),
        "routing_rules": ({"targets": (_TARGET,), "fallbacks": "list"},),
        "pricing_overrides": ({"provider_key_name": "text", "provider_key_id": "text"},),
    },
}
_EXPECTED: Final = {
    "object": "an object",
    "list": "a list",
    "text": "text",
    "header": "text",
    "boolean": "true or false",
    "integer": "a whole number, written without a point or exponent",
    "count": "a whole number, written without a point or exponent",
    "duration": 'a duration such as "500ms", or a whole number of milliseconds',
}
_TYPES: Final[Mapping[str, type]] = {"object": Mapping, "list": list, "text": str, "boolean": bool}
_DURATION: Final = r"(?a)[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)"
_INT64: Final = 2**63


def type_faults(value: Any, shape: Shape, path: Path) -> Iterator[Fault]:
    """Yield every place at or below ``path`` whose value has a type that stops the gateway."""
    if value is None:
        return
    kind = shape if isinstance(shape, str) else "list" if isinstance(shape, tuple) else "object"
    if not _fits(value, kind):
        yield breach("type-wrong", path, f"must be {_EXPECTED[kind]}: the gateway does not start")
    elif kind == "count" and value < 0:
        yield breach("number-negative", path, "is negative: the gateway stops at the first request")
    elif isinstance(shape, Mapping):
        for name, member in value.items():
            if fold(name) in shape:
                yield from type_faults(member, shape[fold(name)], (*path, name))
    elif isinstance(shape, tuple):
        for place, item in enumerate(value):
            yield from type_faults(item, shape[0], (*path, place))
    elif isinstance(shape, frozenset):
        (of_each,) = shape
        for name, member in value.items():
            yield from type_faults(member, of_each, (*path, name))


def _fits(value: Any, kind: str) -> bool:
    if kind in _TYPES:
        return isinstance(value, _TYPES[kind])
    if kind == "header":  # newer releases may accept an object here, as for other secrets
        return isinstance(value, (str, Mapping))
    if kind == "duration" and isinstance(value, str):
        return re.fullmatch(_DURATION, value) is not None
    # Neither the gateway's reader nor Python's takes 1.0 and 1e3 as integers.
    return isinstance(value, int) and not isinstance(value, bool) and -_INT64 <= value < _INT64
