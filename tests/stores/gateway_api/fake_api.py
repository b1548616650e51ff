"""The responses of the fake gateway to each call."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from tests.stores.gateway_api import fake_governance, fake_keys, fake_providers
from tests.stores.gateway_api.fake_keys import RefusedError
from tests.stores.gateway_api.fake_secrets import NEW, OLD
from tests.stores.gateway_api.fake_state import BUILT_IN, Database, Node
from tests.stores.gateway_api.http_server import Answer, Request

USER, PASSWORD = "admin", "correct-SENTINEL-battery"
AUTHENTICATED = {"governance": {"auth_config": {"admin_username": USER, "admin_password": PASSWORD}}}
_JSON = (("content-type", "application/json"),)
_COOKIE = "path=/; HttpOnly; SameSite=Lax"
_OPEN = {"health", "version", "is_auth_enabled", "login"}


class Api:
    """The calls of one node. Without a ``config`` there is authentication, and no provider."""

    def __init__(
        self,
        config: Mapping[str, Any] | None,
        *,
        release: str,
        environment: Mapping[str, str] | None = None,
        database: Database | None = None,
        version: str = "v1.0.0",
        setup_token: str | None = None,
        discovery_seconds: float = 0.0,
    ) -> None:
        config = AUTHENTICATED if config is None else config
        self.release, self.version, self.setup_token = release, version, setup_token
        self.discovery_seconds = discovery_seconds
        self.auth_config = config.get("governance", {}).get("auth_config")
        self.authentication = self.auth_config is not None and self.auth_config.get("is_enabled", True)
        persistent = config.get("config_store", {}).get("enabled", True)
        self.database = (database or Database()) if persistent else None
        self.node = Node(config, release, environment or {}, self.database)

    def handle(self, name: str, request: Request, parts: list[str], query: str) -> Answer:
        """Carry out one call, if the client is allowed to."""
        try:
            exact = name not in ("version", "is_auth_enabled") or not (query and self.release == OLD)
            if not (name in _OPEN and exact) and not self._allowed(request):
                raise RefusedError(401, "Unauthorized")
            return getattr(self, f"_{name}")(request, *parts)  # type: ignore[no-any-return]
        except RefusedError as refusal:
            return self._refused(refusal)

    def new_session(self) -> str:
        """Return a session that somebody has opened."""
        assert self.database is not None
        token = str(uuid4())
        self.database.sessions.add(token)
        return token

    def _refused(self, refusal: RefusedError) -> Answer:
        extra: dict[str, Any] = {"routing_info": {}} if self.release == NEW else {}
        error = {"message": refusal.message}
        body = {
            "is_bifrost_error": False,
            "status_code": refusal.status,
            "error": error,
            "extra_fields": extra,
        }
        return self._json(body, refusal.status)

    def _json(self, body: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
        text = json.dumps(body, ensure_ascii=False)
        if self.release == OLD:  # bytes that are not UTF-8 are replaced one by one
            text = re.sub("[\ud800-\udfff]", "\ufffd", text)
        return Answer(status, text.encode("utf-8", "surrogateescape"), (*_JSON, *headers))

    # Who asks

    def _allowed(self, request: Request) -> bool:
        if self.setup_token is not None and not self.authentication:
            given = request.headers.get("x-bifrost-setup-token")
            if given is not None and given != self.setup_token:
                raise RefusedError(403, "setup token")
            return given is not None
        return not self.authentication or self._session(request) is not None or self._basic(request)

    def _basic(self, request: Request) -> bool:
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        expected = f"{self.auth_config['admin_username']}:{self.auth_config['admin_password']}"
        return scheme in ("Basic", "Bearer") and rest == base64.b64encode(expected.encode()).decode()

    def _session(self, request: Request) -> str | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            token = request.headers.get("cookie", "").removeprefix("token=")
        return token if self.database is not None and token in self.database.sessions else None

    def _is_auth_enabled(self, request: Request) -> Answer:
        said: dict[str, Any] = {"is_auth_enabled": self.authentication}
        if self.release == NEW:
            said["auth_type"] = "password" if self.authentication else "none"
        if self.release == NEW or self.auth_config is not None:
            said["has_valid_token"] = self.authentication and self._session(request) is not None
        if self.setup_token is not None:
            said |= {"setup_required": not self.authentication, "setup_token_configured": True}
        return self._json(said)

    def _login(self, request: Request) -> Answer:
        try:
            given = json.loads(request.body)
        except ValueError:
            raise RefusedError(400, "Invalid request format") from None
        if not isinstance(given, dict) or not isinstance(given.get("password", ""), str):
            raise RefusedError(400, "Invalid request format")
        if not self.authentication:
            raise RefusedError(403, "Authentication is not enabled")
        expected = (self.auth_config["admin_username"], self.auth_config["admin_password"])
        if (given.get("username"), given.get("password")) != expected:
            raise RefusedError(401, "Invalid username or password")
        cookie = f"token={self.new_session()}; expires=Tue, 01 Dec 2026 00:00:00 GMT; {_COOKIE}"
        return self._json({"message": "Login successful"}, headers=(("Set-Cookie", cookie),))

    def _logout(self, request: Request) -> Answer:
        if self.database is None:
            raise RefusedError(403, "Authentication is not enabled")
        self.database.sessions.discard(self._session(request) or "")
        cookie = f"token=; expires=Thu, 01 Jan 1970 00:00:00 GMT; {_COOKIE}"
        return self._json({"message": "Logout successful"}, headers=(("Set-Cookie", cookie),))

    # About the gateway

    def _health(self, request: Request) -> Answer:
        return self._json({"components": {"db_pings": "ok"}, "status": "ok"})

    def _version(self, request: Request) -> Answer:
        return self._json(self.version)

    def _get_config(self, request: Request) -> Answer:
        known = self.auth_config is not None
        old: dict[str, Any] = {"env_var": "", "from_env": False} if self.release == OLD else {}
        auth: dict[str, Any] = {
            "admin_password": {"value": "<redacted>" if known else "", **old},
            "admin_username": {"value": self.auth_config["admin_username"] if known else "", **old},
            "is_enabled": self.authentication,
        }
        if self.release == OLD:
            auth["disable_auth_on_inference"] = not self.authentication
        said = {"is_db_connected": self.database is not None, "is_logs_connected": True}
        said |= {"is_cache_connected": False, "auth_config": auth}
        if self.database is not None:
            said["restart_required"] = {"required": False}
        return self._json(said)

    # Providers

    def _list_providers(self, request: Request) -> Answer:
        stored = self.node.providers if self.database is None else self.database.providers
        shown = [self._provider(name, settings) for name, settings in sorted(stored.items())]
        return self._json({"providers": shown, "total": len(shown)})

    def _get_provider(self, request: Request, name: str) -> Answer:
        stored = self.node.providers.get(name) or (
            self.database.providers.get(name) if self.database else None
        )
        if stored is None:
            raise RefusedError(404, "Provider not found: not found")
        return self._json(self._provider(name, stored))

    def _provider(self, name: str, settings: Mapping[str, Any], *, added: bool = False) -> dict[str, Any]:
        hashed = bool(settings.get("from_file")) or (self.database is None and name in self.node.providers)
        with_status = not added and self.database is not None
        return fake_providers.shown(name, settings, self.release, with_status=with_status, hashed=hashed)

    def _add_provider(self, request: Request) -> Answer:
        raw = self._body(request)
        name, custom = raw.get("provider"), raw.get("custom_provider_config")
        if not name:
            raise RefusedError(400, "Missing provider")
        if custom is not None and (name in BUILT_IN or custom.get("base_provider_type") not in BUILT_IN):
            raise RefusedError(400, "custom provider")
        if self.database is None:
            raise RefusedError(500, "Failed to initialize provider after add")
        if name in self.database.providers:
            raise RefusedError(409, f"Provider {name} already exists")
        kept = ("network_config", "custom_provider_config")
        settings = {key: raw[key] for key in kept if key in raw}
        self.database.providers[name] = settings
        self.node.providers[name], self.node.keys[name] = settings, []
        return self._json(self._provider(name, settings, added=True))

    def _put_provider(self, request: Request, name: str) -> Answer:
        raw = self._body(request)
        if self.release == NEW and "keys" in raw:
            raise RefusedError(400, "keys are not accepted on this endpoint")
        return self._json(
            self._bare(name) | {"concurrency_and_buffer_size": raw["concurrency_and_buffer_size"]}
        )

    def _delete_provider(self, request: Request, name: str) -> Answer:
        assert self.database is not None
        for known in (self.node.providers, self.node.keys, self.database.providers):
            known.pop(name, None)
        return self._json(self._bare(name))

    def _bare(self, name: str) -> dict[str, Any]:
        """Return a provider without its settings."""
        network = {"default_request_timeout_in_seconds": 0, "max_retries": 0}
        shown = self._provider(name, {"network_config": network}, added=True)
        return shown | {"concurrency_and_buffer_size": {"concurrency": 0, "buffer_size": 0}}

    # Keys

    def _body(self, request: Request) -> dict[str, Any]:
        try:
            raw = json.loads(request.body)
        except ValueError:
            raise RefusedError(400, "Invalid JSON: syntax") from None
        if not isinstance(raw, dict):
            raise RefusedError(400, "Invalid JSON: type")
        return raw

    def _list_keys(self, request: Request, provider: str) -> Answer:
        if provider not in self.node.providers:
            raise RefusedError(404, "Provider not found: not found")
        shown = [fake_keys.answer(key, self.release) for key in self.node.keys[provider]]
        return self._json({"keys": shown or None, "total": len(shown)})

    def _get_key(self, request: Request, provider: str, key_id: str) -> Answer:
        return self._json(fake_keys.answer(self.node.key(provider, key_id), self.release))

    def _create_key(self, request: Request, provider: str) -> Answer:
        members = fake_keys.decode(request.body, self.release, self.node.environment)
        key = self.node.create(provider, members)
        time.sleep(self.discovery_seconds)
        return self._json(fake_keys.answer(key, self.release))

    def _update_key(self, request: Request, provider: str, key_id: str) -> Answer:
        members = fake_keys.decode(request.body, self.release, self.node.environment)
        key = self.node.update(provider, key_id, members)
        time.sleep(self.discovery_seconds)
        return self._json(fake_keys.answer(key, self.release))

    def _delete_key(self, request: Request, provider: str, key_id: str) -> Answer:
        return self._json(fake_keys.answer(self.node.delete(provider, key_id), self.release))

    def _refresh_models(self, request: Request, provider: str, key_id: str) -> Answer:
        return self._get_key(request, provider, key_id)

    def _all_keys(self, request: Request) -> Answer:
        return self._json(
            [
                {
                    "id": 0,
                    "name": key.name,
                    "provider_id": 0,
                    "provider": provider,
                    "key_id": key.id,
                    "value": fake_keys.answer(key, self.release)["value"],
                    "weight": key.weight,
                    "created_at": "0001-01-01T00:00:00Z",
                    "updated_at": "0001-01-01T00:00:00Z",
                    "config_hash": key.config_hash,
                    "status": "",
                    "models": key.models,
                    "blacklisted_models": key.blacklisted_models,
                }
                for provider, keys in self.node.keys.items()
                for key in keys
            ]
        )

    def _governance(self, request: Request, kind: str) -> Answer:
        query = parse_qs(request.target.partition("?")[2])
        assert self.database is not None
        return self._json(fake_governance.listed(self.database, self.release, kind, query))

    def _add_governance(self, request: Request, kind: str) -> Answer:
        assert self.database is not None
        made = fake_governance.added(self.database, self.release, kind, self._body(request))
        return self._json(made, 201 if kind == "pricing-overrides" else 200)
