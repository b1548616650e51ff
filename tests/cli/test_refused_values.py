"""Values that must be mistakes are refused or warned about on input, and found in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

VALUE = ("--value-env", "OPENAI_KEY")
CONFIG = {"$schema": "https://www.getbifrost.ai/schema", "providers": {"openai": {"keys": []}}}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--weight", "1e17"), "weight-too-large"),
        (("--weight", "123456789012345678901234567890"), "weight-too-large"),
        (("--model", "gpt-*"), "model-not-pattern"),
        (("--model", " gpt-4o"), "model-blank"),
        (("--model", "regex:(?=a)"), "model-pattern"),
        (("--blacklisted-model", "regex:"), "blacklist-pattern"),
        (("--alias", "*=gpt-4o"), "alias-wildcard"),
        (("--alias", "gpt-*=gpt-4o"), "alias-wildcard"),
        (("--alias", "fast=env.MODEL"), "alias-reference"),
        (("--alias", 'fast={"model_id": "m"}'), "alias-form"),
        (("--alias", "fast=*"), "alias-wildcard"),
    ],
)
def test_create_and_update_refuse_it(call: Any, config: Path, options: tuple[str, ...], code: str) -> None:
    where = ("--config", str(config), "-o", "json")
    before = config.read_bytes()

    created = call("create", "openai", *VALUE, *options, *where)

    assert (created.code, created.error["code"]) == (65, code)
    assert config.read_bytes() == before
    assert call("create", "openai", "--name", "k", *VALUE, *where).code == 0
    updated = call("update", "openai/k", *options, *where)
    assert (updated.code, updated.error["code"]) == (65, code)


@pytest.mark.parametrize(
    ("provider", "options", "code"),
    [
        ("azure", ("--endpoint", "x.openai.azure.com"), "address-scheme"),
        ("azure", ("--endpoint", "https://x.openai.azure.com/openai/deployments/m"), "address-path"),
        ("ollama", ("--url", "localhost:11434"), "address-scheme"),
    ],
)
def test_create_warns_of_an_address_that_fails(
    call: Any, config: Path, provider: str, options: tuple[str, ...], code: str
) -> None:
    done = call("create", provider, *VALUE, *options, "--config", str(config), "-o", "json")
    assert done.code == 0, done.err
    assert code in {each["code"].replace("_", "-") for each in done.json["warnings"]}


def test_a_weight_that_the_gateways_own_interface_takes_is_warned_of_in_a_request_body(
    call: Any, config: Path
) -> None:
    body = json.dumps({"name": "k", "value": "env.A", "models": ["*"], "weight": 1e21})
    where = ("--config", str(config), "-o", "json")
    created = call("create", "openai", "--from-file", "-", *where, stdin=body)
    assert created.code == 0, created.err
    assert "weight-too-large" in {each["code"].replace("_", "-") for each in created.json["warnings"]}
    assert call("check", "--config", str(config)).code == 1
    applied = json.dumps(
        {"providers": {"openai": {"keys": [{"name": "l", "value": "env.B", "weight": 1e17}]}}}
    )
    assert call("apply", "-", *where, stdin=applied).code == 65


def test_a_provider_that_the_gateway_does_not_know_yet_is_refused(call: Any, config: Path) -> None:
    where = ("--config", str(config), "-o", "json")
    old = call("create", "deepseek", *VALUE, *where, "--gateway-release", "1.5.16")
    assert (old.code, old.error["code"]) == (65, "provider-newer")
    known = call("create", "deepseek", *VALUE, *where, "--gateway-release", "1.6.3", "--name", "a")
    assert (known.code, known.json["warnings"]) == (0, [])
    assert call("create", "deepseek", *VALUE, *where, "--name", "b", "--gateway-release", "1.5.16").code == 0
    assert call("create", "wafer", *VALUE, *where, "--name", "c").code == 0


def test_an_encrypted_file_is_refused_by_every_edit(call: Any, config: Path) -> None:
    encrypted = CONFIG | {"sops": {"mac": "ENC[AES256_GCM,data:SENTINEL]", "version": "3.9.0"}}
    config.write_text(json.dumps(encrypted))
    before = config.read_bytes()
    where = ("--config", str(config), "-o", "json")
    for command in (
        ("create", "openai", *VALUE),
        ("check", "--fix"),
        ("apply", "-"),
        ("delete", "x", "--yes"),
    ):
        done = call(*command, *where, stdin='{"providers": {"openai": {"keys": []}}}')
        assert (done.code, done.error["code"]) == (78, "file-encrypted"), command
        assert "sops exec-file" in done.error["hint"]
    assert config.read_bytes() == before
    findings = call("check", *where).json["files"][0]["findings"]
    assert [each["code"] for each in findings] == ["file-encrypted"]


def test_an_unknown_member_is_kept_if_it_may_be_newer_and_not_a_typo(call: Any, config: Path) -> None:
    where = ("--config", str(config), "-o", "json")
    key = {"name": "k", "value": "env.A", "models": ["*"], "weight": 1}
    newer, slip = json.dumps({**key, "limit_of_later": {"rpm": 1}}), json.dumps({**key, "wieght": 2})
    create = ("create", "openai", "--from-file", "-", *where)
    assert call(*create, stdin=newer).error["code"] == "field-unknown"
    assert call("create", "openai", *VALUE, "--allow-unknown", *where).code == 2
    done = call(*create, "--allow-unknown", stdin=newer)
    assert (done.code, done.json["changes"][0]["key"]["limit_of_later"]) == (0, {"rpm": 1})
    assert "field-unknown" in {each["code"].replace("_", "-") for each in done.json["warnings"]}
    for member, code in ((newer, 0), (slip, 65)):
        entry = {**json.loads(member), "name": "l"}
        wanted = json.dumps({"providers": {"openai": {"keys": [entry]}}})
        assert call("apply", "-", *where, stdin=wanted).code == code


def test_weights_that_cannot_be_added_up_are_refused(call: Any, config: Path) -> None:
    where = ("--config", str(config), "-o", "json")
    create = ("create", "openai", *VALUE, *where)
    assert call(*create, "--name", "a", "--weight", "9e16").code == 0
    assert call(*create, "--name", "b", "--weight", "9e15").error["code"] == "weights-too-large"
    assert call(*create, "--name", "b", "--weight", "1").code == 0
    assert call("update", "b", "--weight", "9e15", *where).error["code"] == "weights-too-large"
    assert call("update", "a", "--weight", "9.1e16", *where).code == 0
    assert call("check", *where).code == 0
