"""The state of the fake gateways: a database that nodes share, and the memory of one node."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from tests.stores.gateway_api import fake_keys, fake_secrets
from tests.stores.gateway_api.fake_discovery import NOTHING, discover
from tests.stores.gateway_api.fake_keys import Key, RefusedError
from tests.stores.gateway_api.fake_secrets import NEW

BUILT_IN = {
    *("anthropic", "azure", "bedrock", "cerebras", "cohere", "elevenlabs", "fireworks", "gemini", "groq"),
    *("huggingface", "mistral", "nebius", "ollama", "openai", "openrouter", "parasail", "perplexity"),
    *("replicate", "runway", "sgl", "vertex", "vllm", "xai", "opencode-go", "opencode-zen", "runware"),
}
_FILE_HASH = "0" * 64


@dataclass
class Row:
    """A key in the database; ``number`` is the row's own."""

    number: int
    provider: str
    key: Key


@dataclass
class Database:
    """The data that outlives a restart, and that nodes share."""

    providers: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    sessions: set[str] = field(default_factory=set)
    lists: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"virtual_keys": [], "rules": [], "pricing_overrides": []}
    )
    numbers: int = 0
    numbers_of_configs: int = 0

    def row(self, key_id: str) -> Row | None:
        """Return the row of this key, whatever its provider."""
        return next((row for row in self.rows if row.key.id == key_id), None)

    def add(self, provider: str, key: Key, release: str) -> None:
        """Store a new key; raise RefusedError if its name or id is taken."""
        self._refuse_taken(key, release, "create")
        fake_keys.check_models(key, "create")
        self.numbers += 1
        self.rows.append(Row(self.numbers, provider, key))

    def change(self, key: Key, release: str) -> None:
        """Store a key over the row of its id; raise RefusedError if its name is another's."""
        self._refuse_taken(key, release, "update")
        fake_keys.check_models(key, "update")
        row = self.row(key.id)
        if row is not None:
            row.key = key

    def remove(self, key_id: str) -> None:
        """Remove a key, and take it out of the virtual keys; rules and overrides keep the dead id."""
        self.rows = [row for row in self.rows if row.key.id != key_id]
        for virtual in self.lists["virtual_keys"]:
            for config in virtual["provider_configs"]:
                config["key_ids"] = [each for each in config["key_ids"] if each != key_id]

    def _refuse_taken(self, key: Key, release: str, what: str) -> None:
        same = self.row(key.id) if what == "create" else None
        if same is None and all(row.key.name != key.name or row.key.id == key.id for row in self.rows):
            return
        if release == NEW:
            raise RefusedError(409, "API key names must be unique across providers")
        raise RefusedError(500, f"Failed to {what} provider key: a record already exists")


class Node:
    """One gateway process, which serves the keys that it read when it started or changed since."""

    def __init__(
        self,
        config: Mapping[str, Any],
        release: str,
        environment: Mapping[str, str],
        database: Database | None,
    ) -> None:
        self.config, self.release, self.environment, self.database = config, release, environment, database
        self.half_writes: set[str] = set()
        self._first_start = True
        self.start()

    def start(self) -> None:
        """Read the database and the file, as a process does when it starts."""
        listed = self.config.get("providers", {})
        if self.database is not None:
            self._take_in(listed)
        self.providers: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, list[Key]] = {}
        stored = listed if self.database is None else self.database.providers
        for name, settings in stored.items():
            self.providers[name] = {key: value for key, value in settings.items() if key != "keys"}
            self.keys[name] = [self._loaded(name, key) for key in self._stored_keys(name, settings)]
        self._first_start = False

    def key(self, provider: str, key_id: str) -> Key:
        """Return a key in memory; raise RefusedError."""
        found = next((key for key in self.keys.get(provider, ()) if key.id == key_id), None)
        if found is None:
            raise RefusedError(404, "Provider key not found: not found")
        return found

    def create(self, provider: str, members: Mapping[str, Any]) -> Key:
        """POST a key."""
        self._refuse_keyless(provider, "add keys to")
        key = fake_keys.made(members, None, key_id=members.get("id") or str(uuid4()), release=self.release)
        fake_keys.check(key, self.base(provider), self.release)
        if self.database is None:
            self.keys[provider].append(key)
            return next(each for each in self.keys[provider] if each.id == key.id)
        key = self._discovered(provider, key, created=True)
        self.database.add(provider, key, self.release)
        self._refuse_half_written(provider, "create", "POST")
        self.keys[provider].append(self._reloaded(key))
        return self.key(provider, key.id)

    def update(self, provider: str, key_id: str, members: Mapping[str, Any]) -> Key:
        """PUT a key."""
        self._refuse_keyless(provider, "update keys on")
        old = self.key(provider, key_id)
        key = fake_keys.made(members, old, key_id=key_id, release=self.release)
        fake_keys.check(key, self.base(provider), self.release)
        if self.database is not None:
            key = self._discovered(provider, key, created=False)
            if self.release == NEW and self._in_file(provider, key_id):
                key = replace(key, config_hash=_FILE_HASH)
            self.database.change(key, self.release)
            self._refuse_half_written(provider, "update", "PUT")
        self.keys[provider] = [key if each is old else each for each in self.keys[provider]]
        return key

    def delete(self, provider: str, key_id: str) -> Key:
        """DELETE a key."""
        self._refuse_keyless(provider, "delete keys on")
        old = self.key(provider, key_id)
        if self.database is not None:
            self.database.remove(key_id)
            self._refuse_half_written(provider, "delete", "DELETE")
        self.keys[provider] = [each for each in self.keys[provider] if each is not old]
        return old

    def base(self, provider: str) -> str:
        """The provider whose rules apply."""
        custom = self.providers.get(provider, {}).get("custom_provider_config") or {}
        return str(custom.get("base_provider_type", provider))

    def _take_in(self, listed: Mapping[str, Any]) -> None:
        assert self.database is not None
        for name, settings in listed.items():
            self.database.providers.setdefault(name, {**settings, "from_file": True})
            for raw in settings.get("keys", ()):
                if self.database.row(raw["id"]) is None:
                    members = fake_keys.read_entry(raw, self.release, self.environment)
                    key = self._from_file(members)
                    self.database.add(name, self._discovered_from(settings, name, key), self.release)

    def _stored_keys(self, name: str, settings: Mapping[str, Any]) -> list[Key]:
        if self.database is not None:
            return [row.key for row in self.database.rows if row.provider == name]
        entries = [fake_keys.read_entry(raw, self.release, self.environment) for raw in settings["keys"]]
        return [self._from_file(members) for members in entries]

    def _from_file(self, members: Mapping[str, Any]) -> Key:
        entry = {"enabled": None, **members}
        return fake_keys.made(entry, None, key_id=entry["id"], release=self.release)

    def _loaded(self, name: str, key: Key) -> Key:
        if self._first_start or self.database is None:
            return self._reloaded(key)
        if self._in_file(name, key.id):
            key = replace(key, config_hash=_FILE_HASH, enabled=key.enabled is not False)
        return self._reloaded(replace(key, status=key.status or "unknown"))

    def _reloaded(self, key: Key) -> Key:
        """Return the key with its secrets resolved anew from their texts."""

        def again(secret: fake_secrets.Secret) -> fake_secrets.Secret:
            if not secret.reference:
                return replace(secret, foreign=False)
            return fake_secrets.from_text(secret.text, self.release, self.environment)

        configs = {
            kind: replace(config, secrets={name: again(each) for name, each in config.secrets.items()})
            for kind, config in key.configs.items()
        }
        return replace(copy.deepcopy(key), value=again(key.value), configs=configs)

    def _discovered(self, provider: str, key: Key, *, created: bool) -> Key:
        return self._discovered_from(self.providers[provider], provider, key, created=created)

    def _discovered_from(
        self, settings: Mapping[str, Any], provider: str, key: Key, *, created: bool = False
    ) -> Key:
        custom = settings.get("custom_provider_config") or {}
        found = discover(key, custom.get("base_provider_type", provider), settings)
        if found == NOTHING:
            unknown = "unknown" if created and self.release == NEW else ""
            return replace(key, status=key.status or unknown)
        return replace(key, status=found[0], description=found[1])

    def _in_file(self, provider: str, key_id: str) -> bool:
        keys = self.config.get("providers", {}).get(provider, {}).get("keys", ())
        return any(raw.get("id") == key_id for raw in keys)

    def _refuse_keyless(self, provider: str, what: str) -> None:
        if provider not in self.providers:
            raise RefusedError(404, "Provider not found: not found")
        if (self.providers[provider].get("custom_provider_config") or {}).get("is_key_less"):
            raise RefusedError(400, f"Cannot {what} a keyless provider")

    def _refuse_half_written(self, provider: str, what: str, method: str) -> None:
        if method in self.half_writes or self.base(provider) not in BUILT_IN:
            raise RefusedError(500, f"Failed to {what} provider key: unsupported provider: {provider}")
