"""Prepare the requests that test a key, like the gateway's own model discovery.

The gateway requests a provider's list of models with each key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from bifrost_keys.gateway.fields.table import as_gateway_reads
from bifrost_keys.gateway.providers.endpoints import ENDPOINTS, KEY_ADDRESS, Endpoint, Style
from bifrost_keys.gateway.providers.table import rules_for

_ENTRA: Final = "it signs in with Entra"
_AWS: Final = "it signs its calls with AWS credentials"
_GOOGLE: Final = "it uses Google credentials"
_PUBLIC: Final = "the provider's list of models is public, and no other call is free of charge"


@dataclass(frozen=True)
class Question:
    """The requests for one key. ``headers`` contain the secret, so this is never shown.

    ``proof`` and ``models`` are paths below ``base``; either may be None. ``enforced`` says that a response
    proves something about the key; a server without authentication responds to everybody.
    """

    base: str
    headers: Mapping[str, str] = field(repr=False)
    proof: str | None
    models: str | None
    ids: str
    enforced: bool = True


class NotTestable(NamedTuple):
    """The reason why a key cannot be tested from here."""

    reason: str


def question(
    provider: str, settings: Mapping[str, Any], fields: Mapping[str, Any], environment: Mapping[str, str]
) -> Question | NotTestable:
    """Return the requests for a key of ``provider``, whose other settings are ``settings``.

    References are resolved with ``environment``. ``network_config.base_url`` replaces the provider's address;
    a custom provider is tested like its base type.
    """
    rules = rules_for(provider, settings)
    key = as_gateway_reads(fields)
    if rules is None:
        return NotTestable("the gateway does not know the provider")
    missing = sorted(set(_unset(key, environment)))
    if missing:
        return NotTestable(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set here")
    resolved = _resolved(key, environment)
    if any(text.startswith("vault.") for text in _texts(resolved)):
        return NotTestable("its secret is in a vault")
    endpoint = ENDPOINTS.get(rules.name)
    secret = resolved.get("value") or ""
    reason = _signing(rules.name, secret)
    if reason is not None or endpoint is None:
        return NotTestable(f"{reason or _GOOGLE}, which only the gateway can do")
    base = _base(rules.name, endpoint, settings, resolved)
    if base is None:
        return NotTestable("its address is missing")
    if endpoint.public:
        return NotTestable(_PUBLIC)
    headers = {**dict(endpoint.headers), **(_header(endpoint.style, secret) if secret else {})}
    overridden = _overridden_path(settings)
    return Question(
        base,
        headers,
        endpoint.proof,
        overridden or endpoint.models,
        endpoint.ids,
        enforced=bool(secret),
    )


def _header(style: Style, secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"} if style == "bearer" else {style: secret}


def _signing(provider: str, secret: str) -> str | None:
    """Return how a key without a plain secret authenticates; None for other keys."""
    if provider == "vertex":
        return _GOOGLE
    if secret:
        return None
    if provider == "azure":
        return _ENTRA
    if provider in ("bedrock", "bedrock_mantle"):
        return _AWS
    if provider == "databricks":
        return "it signs in with a client id and secret"
    if provider == "github-copilot":
        return "it signs in as a GitHub App"
    return None


def _base(
    provider: str, endpoint: Endpoint, settings: Mapping[str, Any], key: Mapping[str, Any]
) -> str | None:
    own = KEY_ADDRESS.get(provider)
    if own is not None:
        config = key.get(own[0])
        address = config.get(own[1]) if isinstance(config, Mapping) else None
        return address if isinstance(address, str) and address else None
    network = settings.get("network_config")
    address = network.get("base_url") if isinstance(network, Mapping) else None
    if isinstance(address, str) and address:
        return address.rstrip("/")
    config = key.get(f"{provider}_key_config")
    region = config.get("region") if isinstance(config, Mapping) else None
    return (endpoint.base or "").replace("{region}", region if isinstance(region, str) else "us-east-1")


def _overridden_path(settings: Mapping[str, Any]) -> str | None:
    """Return the path that a custom provider declares for its list of models."""
    declared = settings.get("custom_provider_config")
    paths = declared.get("request_path_overrides") if isinstance(declared, Mapping) else None
    path = paths.get("list_models") if isinstance(paths, Mapping) else None
    return path if isinstance(path, str) and path.startswith("/") else None


def _unset(value: Any, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the variables that a key refers to and that are not set here."""
    for text in _texts(value):
        if text.startswith("env.") and not environment.get(text.removeprefix("env.")):
            yield text.removeprefix("env.")


def _resolved(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return environment.get(value.removeprefix("env."), "") if value.startswith("env.") else value
    if isinstance(value, Mapping):
        return {name: _resolved(part, environment) for name, part in value.items()}
    return [_resolved(part, environment) for part in value] if isinstance(value, list) else value


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of a key that may be secrets or addresses, also in its config objects."""
    if not isinstance(value, Mapping):
        return
    for name, part in value.items():
        if name == "value" and isinstance(part, str):
            yield part
        elif name.endswith("_key_config") and isinstance(part, Mapping):
            yield from (inner for inner in part.values() if isinstance(inner, str))


def listed_models(answer: Any, ids: str) -> list[str] | None:
    """Return the names of the models in a provider's response; None if it is not such a list."""
    where, _, name = ids.partition(".")
    entries = answer.get(where) if where and isinstance(answer, Mapping) else answer
    if not isinstance(entries, list):
        return None
    found = [entry.get(name) for entry in entries if isinstance(entry, Mapping)]
    return [model.removeprefix("models/") for model in found if isinstance(model, str)]


def wanted_models(fields: Mapping[str, Any]) -> list[str]:
    """Return the models that a key requests: its models with aliases resolved, and every alias target.

    ``*`` and patterns are left out.
    """
    key = as_gateway_reads(fields)
    aliases = key.get("aliases")
    targets = {
        source: target.get("model_id") if isinstance(target, Mapping) else target
        for source, target in (aliases.items() if isinstance(aliases, Mapping) else ())
    }
    listed = key.get("models")
    models = [
        model
        for model in (listed if isinstance(listed, list) else ())
        if isinstance(model, str) and model != "*" and not model.startswith("regex:") and model not in targets
    ]
    return list(dict.fromkeys([*models, *(each for each in targets.values() if isinstance(each, str))]))
