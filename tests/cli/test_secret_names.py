"""A secret used as a name of any kind is masked wherever it would be printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_database import columns, make_database
from tests.sentinel import Sentinel

# A key with a prefix, and one that only its length and digits give away, as those of Azure.
PREFIXED = "sk-proj-SENTINEL0123456789abcdef"
PLAIN = "a0123456789abcdef0123456789abcde"
OUTPUTS = ("table", "json", "name")
COMMANDS = (
    ("list",),
    ("list", "--model", "gpt-4o"),
    ("list", "nope"),
    ("get", "named/one"),
    ("get", "openai/two"),
    ("get", "two", "--field", "models"),
    ("get", "two", "--field", "aliases"),
    ("get", "sk-proj-SENTINEL"),
    ("get", "ambiguous"),
    ("hash",),
    ("check",),
    ("check", "--fix", "--dry-run"),
    ("status",),
    ("export",),
    ("export", "--env"),
    ("explain", "openai", "gpt-4o"),
    ("explain", "openai", "gpt-5"),
    ("update", "two", "--weight", "3", "--diff"),
    ("update", "two", "--model", "gpt-5", "--diff"),
    ("rotate", "two", "--value-env", "K", "--diff"),
    ("enable", "two"),
    ("disable", "two", "--diff"),
    ("rename", "two", "three", "--diff"),
    ("delete", "two", "--yes", "--diff"),
    ("delete", "nope", "--yes"),
    ("create", "openai", "--name", "two", "--value-env", "K"),
    ("create", "openai", "--value-env", "K"),
    ("create", "sk-proj-SENTINEL", "--value-env", "K"),
    ("externalize", "two", "--env-file", "moved.env", "--dry-run"),
    ("apply", "desired.json", "--dry-run", "--diff"),
    ("apply", "--prune", "desired.json", "--dry-run"),
    ("path", "--explain"),
)


def file_of(secret: str) -> dict[str, Any]:
    """Return a file in which the secret is the name of nearly everything."""
    key: dict[str, Any] = {"models": ["*"], "weight": 1, "value": "env.X"}
    odd = {
        **key,
        "name": secret,
        "id": secret,
        secret: 7,
        "models": [secret, "gpt-4o"],
        "blacklisted_models": [secret + "2"],
        "aliases": {secret: "x", "x": secret},
        "azure_key_config": {secret: 7},
        "config_hash": secret,
    }
    return {
        "$schema": "https://www.getbifrost.ai/schema",
        secret: {},
        "config_store": {"enabled": False},
        "providers": {
            "openai": {
                "keys": [{**odd, "models": [secret]}, {**odd, "name": "two", "id": "id-two"}],
                secret: {},
            },
            secret: {
                "keys": [
                    {**key, "name": "one", "id": "id-one"},
                    {**key, "name": "ambiguous", "id": "id-three"},
                ],
                "custom_provider_config": {"base_provider_type": "openai"},
            },
            "named": {
                "keys": [{**key, "name": "one", "id": secret}, {**key, "name": "ambiguous"}],
                "custom_provider_config": {"base_provider_type": "openai"},
            },
        },
        "governance": {"routing_rules": [{"targets": [{"provider": secret, "provider_key_name": secret}]}]},
    }


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("secret", [PREFIXED, PLAIN], ids=["prefixed", "plain"])
def test_no_command_shows_a_name_that_is_a_secret(
    call: Any, tmp_path: Path, sentinel: Sentinel, secret: str, output: str
) -> None:
    sentinel.allow("desired.json")
    config = tmp_path / "config.json"
    desired = {"providers": {"openai": {"keys": [{"name": secret, "weight": 2}]}, secret: {"keys": []}}}
    (tmp_path / "desired.json").write_text(json.dumps(desired))
    shown = []
    for command in COMMANDS:
        config.write_text(json.dumps(file_of(secret), indent=2))
        ran = call(*command, "-o", output)
        assert ran.code != 70, ran.err
        if secret in ran.out + ran.err:
            shown.append((*command, ran.out + ran.err))

    assert shown == []


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("secret", [PREFIXED, PLAIN], ids=["prefixed", "plain"])
def test_no_command_shows_a_name_of_the_database_that_is_a_secret(
    call: Any, tmp_path: Path, secret: str, output: str
) -> None:
    entry = {"name": "two", "id": "id-two", "value": "env.X", "models": ["*"], "weight": 1}
    rows = [
        columns("openai", {**entry, "name": secret}, status=secret, description=f"no {secret}"),
        columns(secret, {**entry, "name": "other", "id": "id-other"}),
    ]
    make_database(tmp_path / "config.db", *rows)
    config = tmp_path / "config.json"
    shown = []
    for command in COMMANDS:
        config.write_text(json.dumps({"providers": {"openai": {"keys": [entry]}}}, indent=2))
        ran = call(*command, "-o", output)
        assert ran.code != 70, ran.err
        if secret in ran.out + ran.err:
            shown.append((*command, ran.out + ran.err))

    assert shown == []


@pytest.mark.parametrize("secret", [PREFIXED, PLAIN], ids=["prefixed", "plain"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--app-dir", "{}"),
        ("list", "--app-dir", "x/{}/y"),
        ("list", "--config", "{}"),
        ("list", "--config", "{}/config.json"),
        ("create", "openai", "--value-env", "K", "--config", "{}/config.json"),
        ("apply", "{}"),
        ("apply", "x/{}/y.json"),
        ("import", "{}"),
        ("check", "{}"),
        ("create", "openai", "--value-file", "{}"),
        ("create", "openai", "--from-file", "{}/body.json"),
    ],
)
def test_no_error_shows_a_path_that_is_a_secret(
    call: Any, tmp_path: Path, arguments: tuple[str, ...], secret: str
) -> None:
    for output in OUTPUTS:
        ran = call(*(argument.replace("{}", secret) for argument in arguments), "-o", output)
        assert ran.code == 4
        assert secret not in ran.out + ran.err
