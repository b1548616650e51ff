"""The fake gateway's treatment of a key: it reads a body, refuses, stores a row, and shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.stores.gateway_api import fake_secrets
from tests.stores.gateway_api.fake_secrets import NEW, OLD, Secret

VALUE_OPTIONAL = {"azure", "vertex", "bedrock", "vllm", "ollama", "sgl"}
# Secret-capable members of each config object: those always shown, then the others.
CONFIGS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "azure": (("endpoint",), ("api_version", "client_id", "client_secret", "tenant_id")),
    "vertex": (("project_id", "project_number", "region", "auth_credentials"), ()),
    "bedrock": (
        ("access_key", "secret_key"),
        ("session_token", "region", "arn", "role_arn", "external_id", "session_name"),
    ),
    "vllm": (("url",), ()),
    "ollama": (("url",), ()),
    "sgl": (("url",), ()),
    "replicate": ((), ()),
}
# Members without a secret, and their type.
PLAIN: dict[str, dict[str, type]] = {
    "azure": {"scopes": list},
    "bedrock": {"batch_s3_config": dict},
    "vllm": {"model_name": str},
    "replicate": {"use_deployments_endpoint": bool},
}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "id": str,
    "name": str,
    "models": list,
    "blacklisted_models": list,
    "weight": (int, float),
    "enabled": bool,
    "use_for_batch_api": bool,
    "aliases": dict,
}
_ALIAS_SECRETS = {"region", "project_id", "endpoint", "project_number", "inference_profile_arn"}
_FAMILIES = {"openai", "anthropic", "mistral", "cohere", "gemini", "gemma", "llama", "imagen", "veo", "nova"}


class RefusedError(Exception):
    """A status and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True)
class Config:
    """One config object of a key."""

    secrets: Mapping[str, Secret] = field(default_factory=dict)
    plain: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Key:
    """A key in the memory of a gateway."""

    id: str
    name: str
    value: Secret
    models: list[str]
    blacklisted_models: list[str]
    weight: float
    enabled: bool | None
    use_for_batch_api: bool
    aliases: Mapping[str, Any]
    configs: Mapping[str, Config]
    config_hash: str = ""
    status: str = ""
    description: str = ""

    def row(self, provider: str) -> dict[str, Any]:
        """Return the key as the database has it: a flat table of texts, without what discovery said."""
        columns = {
            f"{kind}_{name}": secret.text
            for kind, config in self.configs.items()
            for name, secret in config.secrets.items()
            if not secret.absent
        }
        plain = {
            f"{kind}_{name}": value
            for kind, config in self.configs.items()
            for name, value in config.plain.items()
        }
        own = {name: getattr(self, name) for name in ("name", "models", "blacklisted_models", "weight")}
        own |= {"enabled": self.enabled is not False, "batch": self.use_for_batch_api}
        aliases = json.dumps(_texts(self.aliases), sort_keys=True) if self.aliases else None
        return {"provider": provider, "value": self.value.text, "aliases": aliases} | own | columns | plain


def _texts(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.text
    return {name: _texts(member) for name, member in value.items()} if isinstance(value, Mapping) else value


def decode(data: bytes, release: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """The members of a body by their own names, secrets read; raises RefusedError for what is not JSON."""
    try:
        raw = json.loads(data.decode("utf-8", "surrogateescape"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise RefusedError(400, f'Invalid JSON: "{data[:40]!r}"') from None
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise RefusedError(400, "Invalid JSON: type")
    return read_entry(raw, release, environment)


def _no_constant(text: str) -> None:
    raise ValueError(text)


def read_entry(raw: Mapping[str, Any], release: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the known members of a key, in a body or in config.json, ignoring the case of names."""
    members: dict[str, Any] = {}
    for spelled, value in raw.items():
        name = spelled.lower()
        if name == "value":
            members[name] = fake_secrets.read(value, release, environment)
        elif name.removesuffix("_key_config") in CONFIGS and name.endswith("_key_config"):
            kind = name.removesuffix("_key_config")
            members[name] = None if value is None else _read_config(kind, value, release, environment)
        elif name == "aliases" and isinstance(value, dict):
            members[name] = {key: _read_alias(key, each, release, environment) for key, each in value.items()}
        elif name in _TYPES and value is not None:
            if not isinstance(value, _TYPES[name]) or (isinstance(value, bool) and _TYPES[name] is not bool):
                raise RefusedError(400, f"Invalid JSON: Mismatch type {name}")
            if isinstance(value, list) and not all(isinstance(each, str) for each in value):
                raise RefusedError(400, f"Invalid JSON: Mismatch type {name}")
            members[name] = value
    return members


def _read_config(kind: str, raw: Any, release: str, environment: Mapping[str, str]) -> Config:
    if not isinstance(raw, dict):
        raise RefusedError(400, "Invalid JSON: Mismatch type")
    always, others = CONFIGS[kind]
    known = [name for name in (*always, *others) if name != "api_version" or release == OLD]
    secrets = {name: fake_secrets.read(raw[name], release, environment) for name in known if name in raw}
    plain = {name: raw[name] for name in PLAIN.get(kind, {}) if raw.get(name) is not None}
    if any(not isinstance(value, PLAIN[kind][name]) for name, value in plain.items()):
        raise RefusedError(400, "Invalid JSON: Mismatch type")
    if kind == "replicate":
        plain.setdefault("use_deployments_endpoint", False)
    return Config({name: secret for name, secret in secrets.items() if not secret.absent}, plain)


def _read_alias(source: str, raw: Any, release: str, environment: Mapping[str, str]) -> Any:
    if isinstance(raw, str):
        return raw
    if not isinstance(raw, dict) or release == OLD:
        raise RefusedError(400, f"Invalid JSON: alias {source!r}")
    read = {
        name: fake_secrets.read(value, release, environment) if name in _ALIAS_SECRETS else value
        for name, value in raw.items()
        if value is not None
    }
    return read["model_id"] if read.keys() == {"model_id"} and read["model_id"] else read


def made(members: Mapping[str, Any], old: Key | None, *, key_id: str, release: str) -> Key:
    """Return the key with these members; omitted ones are empty, and a secret's own mask keeps it."""
    configs: dict[str, Config] = {}
    for kind in CONFIGS:
        given = members.get(f"{kind}_key_config")
        before = old.configs.get(kind, Config()) if old is not None else Config()
        if given is None and kind == "replicate" and before.plain:
            given = before
        if given is None:
            continue
        secrets = {
            name: fake_secrets.kept(before.secrets.get(name, Secret()), secret)
            for name, secret in given.secrets.items()
        }
        if secrets or given.plain or release == OLD:
            configs[kind] = Config(secrets, given.plain)
    value = members.get("value", Secret())
    return Key(
        id=key_id,
        name=members.get("name", ""),
        value=fake_secrets.kept(old.value, value) if old is not None else replace(value, foreign=False),
        models=members.get("models", []),
        blacklisted_models=members.get("blacklisted_models", []),
        weight=members.get("weight", 0),
        enabled=members.get("enabled", None if old is not None and release == OLD else True),
        use_for_batch_api=members.get("use_for_batch_api", False),
        aliases=members.get("aliases") or {},
        configs=configs,
        config_hash=old.config_hash if old is not None else "",
        status=old.status if old is not None else "",
        description=old.description if old is not None else "",
    )


def check(key: Key, base: str, release: str) -> None:
    """Refuse what the API refuses before it writes, in its order."""
    if base not in VALUE_OPTIONAL and not key.value.value:
        raise RefusedError(400, "Key value must not be empty")
    if base in ("ollama", "sgl") and "url" not in key.configs.get(base, Config()).secrets:
        raise RefusedError(400, f"{base}_key_config.url is required")
    _check_list(key.blacklisted_models, 400, "Invalid blacklisted_models")
    for source, target in key.aliases.items():
        if source != source.strip() or not source or not _alias_is_fine(target):
            raise RefusedError(400, f"Invalid aliases: {source!r}")


def check_models(key: Key, what: str) -> None:
    """Refuse what only the database's own hooks refuse."""
    _check_list(key.models, 500, f"Failed to {what} provider key: models")


def _check_list(names: list[str], status: int, message: str) -> None:
    if ("*" in names and len(names) > 1) or len({name.lower() for name in names}) < len(names):
        raise RefusedError(status, message)


def _alias_is_fine(target: Any) -> bool:
    if isinstance(target, str):
        return bool(target)
    return bool(target.get("model_id")) and target.get("model_family", "openai") in _FAMILIES


def answer(key: Key, release: str) -> dict[str, Any]:
    """Return the key as the API shows it."""
    members: dict[str, Any] = {
        "id": key.id,
        "name": key.name,
        "value": fake_secrets.shown(key.value, release),
        "models": key.models,
        "blacklisted_models": key.blacklisted_models,
        "weight": key.weight,
        "use_for_batch_api": key.use_for_batch_api,
    }
    if key.enabled is not None:
        members["enabled"] = key.enabled
    if key.aliases:
        members["aliases"] = {source: _shown_alias(target) for source, target in key.aliases.items()}
    for kind, config in key.configs.items():
        members[f"{kind}_key_config"] = _shown_config(kind, config, release)
    notes = ("config_hash", "status", "description")
    return members | {name: getattr(key, name) for name in notes if getattr(key, name)}


def _shown_alias(target: Any) -> Any:
    if isinstance(target, str):
        return target
    return {
        name: fake_secrets.unmasked(value) if isinstance(value, Secret) else value
        for name, value in target.items()
    }


def _shown_config(kind: str, config: Config, release: str) -> dict[str, Any]:
    always, others = CONFIGS[kind]
    clear = "endpoint" if release == NEW else "api_version"
    members: dict[str, Any] = {
        name: fake_secrets.shown(
            config.secrets.get(name, Secret()), release, clear=name == clear, typed=name in config.secrets
        )
        for name in (*always, *others)
        if name in always or name in config.secrets
    }
    if kind == "vllm":
        members["model_name"] = ""
    return members | dict(config.plain)
