"""Commands that read a running gateway: explain, check, providers, status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.rules.catalog import CODES
from tests.keys import FIRST as KEY
from tests.sentinel import Sentinel
from tests.stores.gateway_api import fake_governance
from tests.stores.gateway_api.clients import NETWORK, RELEASES, config, fake
from tests.stores.gateway_api.fake_gateway import FakeGateway, Go
from tests.stores.gateway_api.http_server import Answer, Request

STUB = "http://127.0.0.1:18390"


def openai(*keys: dict[str, Any], behaviour: str = "ok", **settings: Any) -> dict[str, Any]:
    """Return a provider with these keys, whose server behaves like this."""
    entries = [{"id": f"id-{n}", **KEY, "name": f"k{n}", **key} for n, key in enumerate(keys)]
    return {"network_config": {"base_url": f"{STUB}/{behaviour}"}, "keys": entries, **settings}


def running(release: str, **providers: Any) -> FakeGateway:
    """Return a gateway that asks for no credential, with these providers beside groq."""
    made = config(authentication=False, **providers)
    return fake(release, config=made, authentication=False)


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    """Return each generation."""
    return str(request.param)


# explain


def test_explain_shows_the_keys_served_now(call: Any, release: str) -> None:
    keys = (
        {"weight": 3},
        {"weight": 1},
        {"enabled": False},
        {"models": ["other"]},
        {"value": "env.NOT_SET_THERE"},
        {"value": "env.OPENAI_API_KEY", "weight": 0},
    )
    with running(release, openai=openai(*keys)) as gateway:
        told = call("--gateway", gateway.url, "explain", "openai", "gpt-4o", "-o", "json").json
        assert gateway.sent("POST", "PUT", "DELETE") == []
    shares = {each["name"]: each["share_percent"] for each in told["candidates"]}
    assert shares == {"k0": 75, "k1": 25}
    assert {each["name"]: each["rule"] for each in told["excluded"]} == {
        "k2": "disabled",
        "k3": "whitelist",
        "k4": "value",
        "k5": "weight",
    }
    assert told["warnings"] == []


def test_explain_supports_a_custom_provider_and_a_keyless_one(call: Any, release: str) -> None:
    acme = openai({}, custom_provider_config={"base_provider_type": "openai"})
    free = openai(custom_provider_config={"base_provider_type": "openai", "is_key_less": True})
    with running(release, acme=acme, free=free) as gateway:
        told = call("--gateway", gateway.url, "explain", "acme", "any", "-o", "json").json
        assert [each["name"] for each in told["candidates"]] == ["k0"]
        assert call("--gateway", gateway.url, "explain", "free", "any", "-o", "json").json["keyless"]
        assert call("--gateway", gateway.url, "explain", "nope", "any").code == 4


# check


def checked(call: Any, gateway: FakeGateway, *more: str) -> tuple[int, list[dict[str, Any]]]:
    """Return the exit code and the findings at a gateway."""
    ran = call("--gateway", gateway.url, "check", "-o", "json", *more)
    (report,) = ran.json["files"]
    assert report["path"] == gateway.url
    return ran.code, report["findings"]


def test_a_sound_gateway_is_ok(call: Any, release: str) -> None:
    azure = {"azure_key_config": {"endpoint": f"{STUB}/azure"}, "name": "az"}
    keys = ({}, {"value": "sk-test-SENTINEL-abcdef-0001"}, {"value": "env.OPENAI_API_KEY"})
    with running(release, openai=openai(*keys), azure=openai(azure)) as gateway:
        assert checked(call, gateway) == (0, [])


FINDINGS: list[tuple[str, dict[str, Any], str]] = [
    ("list-models-failed", openai({}, behaviour="deny"), "providers.openai.keys[0].status"),
    ("reference-not-set", openai({"value": "env.NOT_SET_THERE"}), "providers.openai.keys[0].value"),
    ("weight-zero", openai({"weight": 0}), "providers.openai.keys[0].weight"),
    ("models-empty", openai({"models": []}), "providers.openai.keys[0].models"),
    ("blacklist-all", openai({"blacklisted_models": ["*"]}), "providers.openai.keys[0].blacklisted_models"),
    (
        "value-duplicate",
        openai({"value": "env.OPENAI_API_KEY"}, {"value": "env.OPENAI_API_KEY"}),
        "providers.openai.keys[1].value",
    ),
    ("weights-too-large", openai({"weight": 5e16}, {"weight": 5e16}), "providers.openai.keys"),
]


@pytest.mark.parametrize(("code", "provider", "path"), FINDINGS, ids=[each[0] for each in FINDINGS])
def test_a_finding_in_the_keys(
    call: Any, release: str, code: str, provider: dict[str, Any], path: str
) -> None:
    with running(release, openai=provider) as gateway:
        exit_code, (finding,) = checked(call, gateway)
        assert gateway.sent("POST", "PUT", "DELETE") == []
    severity = CODES[code].severity
    assert (finding["code"], finding["path"], finding["severity"]) == (code, path, severity)
    assert (exit_code, finding["line"]) == (int(severity == "error"), None)


def test_references_to_keys_are_checked(call: Any, release: str) -> None:
    with running(release, openai=openai({}, {})) as gateway:
        for kind, entry in (
            (
                "virtual-keys",
                {"name": "team", "provider_configs": [{"provider": "openai", "key_ids": ["id-0"]}]},
            ),
            ("virtual-keys", {"name": "all", "provider_configs": [{"provider": "openai", "key_ids": ["*"]}]}),
            ("routing-rules", {"name": "rule", "targets": [{"provider": "openai", "key_id": "id-0"}]}),
            ("pricing-overrides", {"name": "cheap", "provider_key_id": "id-1", "patch": {}}),
        ):
            fake_governance.added(gateway.database, release, kind, entry)
        assert checked(call, gateway) == (0, [])
        gateway.node.delete("openai", "id-0")  # as another client does, without a word
        code, findings = checked(call, gateway)
        assert (code, [(each["code"], each["path"]) for each in findings]) == (
            1,
            [
                ("reference-unchecked", "governance.routing_rules.rule"),
                ("virtual-key-empty", "governance.virtual_keys.team"),
            ],
        )


def test_unreadable_references_are_a_warning(call: Any, release: str) -> None:
    def intercept(request: Request, go: Go) -> Answer:
        return Answer(403, b"{}") if "/governance/" in request.target else go()

    with running(release, openai=openai({})) as gateway:
        gateway.intercept = intercept
        code, (finding,) = checked(call, gateway)
        assert (code, finding["code"]) == (0, "references-not-read")
        assert checked(call, gateway, "--strict")[0] == 1


def test_a_secret_repeated_by_a_provider_is_not_shown(call: Any, release: str) -> None:
    with running(release, openai=openai({}, behaviour="echo")) as gateway:
        _, (finding,) = checked(call, gateway)
        told = call("--gateway", gateway.url, "check")
    assert "Refused: ****" in finding["message"]
    assert f"fix: to replace the secret: keys --gateway {gateway.url} rotate openai/k0" in told.out


def test_a_file_beside_a_gateway_is_refused(call: Any) -> None:
    with running(RELEASES[-1]) as gateway:
        assert call("--gateway", gateway.url, "check", "config.json").code == 2
        assert gateway.seen == []


# providers


def test_providers_shows_which_are_configured(call: Any, release: str) -> None:
    acme = openai({}, custom_provider_config={"base_provider_type": "openai"})
    with running(release, acme=acme) as gateway:
        ran = call("--gateway", gateway.url, "providers", "-o", "json")
        one = call("--gateway", gateway.url, "providers", "groq")
        none = call("--gateway", gateway.url, "providers", "xai")
        table = call("--gateway", gateway.url, "providers")
    told = {each["name"]: each for each in ran.json["providers"]}
    assert ran.json["total"] == len(told)
    assert (told["groq"]["configured"], told["groq"]["state"]) == (True, "active")
    assert told["xai"]["configured"] is False
    assert (told["acme"]["custom"], told["acme"]["configured"]) == (True, True)
    assert "at the gateway\tactive" in one.out
    assert "at the gateway\tnot configured" in none.out
    assert "active, custom" in table.out
    assert "configured" not in call("providers", "-o", "json").json["providers"][0]


# status


def test_status_is_the_file_beside_the_gateway(
    call: Any, release: str, tmp_path: Path, sentinel: Sentinel
) -> None:
    file = tmp_path / "config.json"
    sentinel.allow(file)
    file.write_text(json.dumps({"providers": {"openai": {"keys": [{**KEY, "id": "one", "weight": 2}]}}}))
    with running(release) as gateway:
        for given in (("--config", str(file)), ()):
            arguments = ("--gateway", gateway.url, *given, "status", "-o", "json", "--exit-code")
            ran = call(*arguments, env={"BIFROST_CONFIG": str(file)})
            assert (ran.code, ran.json["keys"][0]["fields"]) == (10, ["weight"])
            same = call("--gateway", gateway.url, *given, "diff", "-o", "json", "--exit-code")
            assert (same.code, same.json) == (ran.code, ran.json)
        assert NETWORK["base_url"] not in ran.out


def test_one_field_of_a_key_is_read_without_a_session(keys: Callable[..., Any], gateway: FakeGateway) -> None:
    ran = keys("get", "openai/first", "--field", "weight")
    assert (ran.code, ran.out) == (0, "1\n"), ran.err
    assert [(each.method, each.target) for each in gateway.seen] == [
        ("GET", "/api/session/is-auth-enabled"),
        ("GET", "/api/config"),
        ("GET", "/api/providers"),
        ("GET", "/api/providers/openai/keys"),
    ]
    kinds = [each.headers.get("authorization", "none").split()[0] for each in gateway.seen]
    assert kinds == ["none", "Basic", "Basic", "Basic"]


def test_a_name_that_is_looked_for_everywhere_is_worth_a_session(
    keys: Callable[..., Any], gateway: FakeGateway
) -> None:
    assert keys("get", "first", "--field", "weight").out == "1\n"
    assert [each.target for each in gateway.seen if each.method == "POST"] == [
        "/api/session/login",
        "/api/session/logout",
    ]
