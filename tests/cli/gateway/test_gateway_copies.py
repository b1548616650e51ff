"""Keys can be copied from a file to a gateway and back, and drift can be fixed without reading a secret."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sentinel import Sentinel
from tests.stores.gateway_api.clients import NETWORK, RELEASES, config, fake
from tests.stores.gateway_api.fake_gateway import FakeGateway

LITERAL = {"id": "lit", "name": "lit", "value": "sk-file-SENTINEL-0001", "models": ["a", "b"], "weight": 2}
REFERENCE = {"id": "ref", "name": "ref", "value": "env.OPENAI_API_KEY", "models": ["*"], "weight": 1}
AZURE = {
    "id": "az",
    "name": "az",
    "value": "az-file-SENTINEL-0002",
    "models": ["*"],
    "weight": 1,
    "azure_key_config": {
        "endpoint": "https://x.invalid",
        "client_id": "env.REGION",
        "scopes": ["s"],
        "client_secret": "az-client-SENTINEL-0003",
        "tenant_id": "tenant-of-somebody",
    },
    "aliases": {"fast": "gpt-4o"},
    "enabled": False,
}


@pytest.fixture(params=RELEASES)
def gateway(request: pytest.FixtureRequest) -> Iterator[FakeGateway]:
    """Yield a gateway that asks for no credential: openai/first, and groq without keys."""
    with fake(request.param, config=config(authentication=False), authentication=False) as running:
        yield running


@pytest.fixture
def live(call: Any, gateway: FakeGateway) -> Callable[..., Any]:
    """Runs a command at the gateway."""
    return lambda *arguments, **more: call("--gateway", gateway.url, *arguments, **more)


def write(path: Path, **providers: list[dict[str, Any]]) -> Path:
    """Return a config file with these keys, for a gateway without a database."""
    made = {name: {"keys": keys} for name, keys in providers.items()}
    path.write_text(json.dumps({"config_store": {"enabled": False}, "providers": made}, indent=2))
    return path


def states(live: Callable[..., Any], file: Path) -> dict[str, str]:
    """Return each key with its state, the file beside the gateway."""
    found = live("diff", "--config", str(file), "-o", "json").json["keys"]
    return {each["name"]: each["state"] for each in found}


def test_a_whole_file_can_be_copied_to_a_gateway(
    live: Callable[..., Any], call: Any, gateway: FakeGateway, tmp_path: Path, sentinel: Sentinel
) -> None:
    file = write(tmp_path / "config.json", groq=[LITERAL, REFERENCE], azure=[AZURE])
    before = file.read_bytes()
    sentinel_output = call("export", "--reveal", "--config", str(file))
    sentinel.outputs.clear()  # the secrets were asked for
    done = live("apply", "-", "-o", "json", stdin=sentinel_output.out)
    assert done.code == 0, done.err
    assert done.json["plan"]["created"] == 3
    assert [gateway.secret(key) for key in ("lit", "ref", "az")] == [
        *(LITERAL["value"], REFERENCE["value"], AZURE["value"])
    ]
    assert states(live, file) == {
        "lit": "in-sync",
        "ref": "in-sync",
        "az": "in-sync",
        "first": "only-at-gateway",
    }
    assert live("apply", "-", "-o", "json", stdin=sentinel_output.out).json["changed"] is False
    assert file.read_bytes() == before


def test_without_secrets_only_references_and_fields_go(
    live: Callable[..., Any], call: Any, gateway: FakeGateway, tmp_path: Path
) -> None:
    file = write(tmp_path / "config.json", groq=[REFERENCE])
    assert live("apply", "-", stdin=call("export", "--config", str(file)).out).code == 0
    write(file, groq=[{**LITERAL, "weight": 5}])
    refused = live("apply", "-", "-o", "json", stdin=call("export", "--config", str(file)).out)
    assert (refused.code, refused.error["code"]) == (65, "value-missing")
    assert [row.key.name for row in gateway.database.rows if row.provider == "groq"] == ["ref"]


def test_a_gateway_can_be_copied_to_a_file_that_keeps_its_own_secrets(
    live: Callable[..., Any], call: Any, tmp_path: Path
) -> None:
    given = {"groq": {"keys": [LITERAL, REFERENCE]}}
    assert live("apply", "-", stdin=json.dumps({"providers": given})).code == 0
    drifted = [{**LITERAL, "models": ["*"], "weight": 9}]
    file = write(tmp_path / "config.json", groq=drifted)
    data = json.loads(file.read_text())
    data["providers"]["groq"]["network_config"] = NETWORK
    file.write_text(json.dumps(data, indent=2))
    assert states(live, file)["lit"] == "differs"
    exported = live("export", "groq")
    assert "SENTINEL" not in exported.out
    done = call("apply", "-", "--config", str(file), "-o", "json", stdin=exported.out)
    assert (done.code, done.json["plan"]["updated"], done.json["plan"]["created"]) == (0, 1, 1), done.err
    assert {name: state for name, state in states(live, file).items() if name != "first"} == {
        "lit": "in-sync",
        "ref": "in-sync",
    }
    kept = json.loads(file.read_text())["providers"]["groq"]["keys"]
    assert [key["value"] for key in kept] == [LITERAL["value"], REFERENCE["value"]]


def test_a_key_that_needs_a_secret_and_has_none_is_refused(
    live: Callable[..., Any], call: Any, tmp_path: Path
) -> None:
    file = write(tmp_path / "config.json", groq=[])
    before = file.read_bytes()
    done = call("apply", "-", "--config", str(file), "-o", "json", stdin=live("export", "openai").out)
    assert (done.code, done.error["code"]) == (65, "value-missing")
    assert file.read_bytes() == before
